"""What runs the work: threads, processes and their ranks, memory that is used again, work ahead, and checks of
options.
"""
