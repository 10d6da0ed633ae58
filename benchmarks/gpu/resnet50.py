"""A network of ResNet-50's shape (He et al. 2016, with the stride in the 3 x 3 convolution): 25.6 million weights,
drawn at random.
"""

from torch import nn


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3, 1 x 1, and the way around them."""

    def __init__(self, inside, width, stride):
        super().__init__()
        outside = 4 * width
        self.body = nn.Sequential(
            *(nn.Conv2d(inside, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)),
            *(nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)),
            *(nn.Conv2d(width, outside, 1, bias=False), nn.BatchNorm2d(outside)),
        )
        same = stride == 1 and inside == outside
        self.around = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
        )
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        """(N, C, H, W) to (N, 4 width, H / stride, W / stride)."""
        return self.act(self.body(x) + self.around(x))


def resnet50() -> nn.Module:
    """The network, for (N, 3, 224, 224) to (N, 1000)."""
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inside = 64
    for width, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for k in range(depth):
            layers.append(Bottleneck(inside, width, stride if k == 0 else 1))
            inside = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))
