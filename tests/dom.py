"""A page as a tree, to look things up in."""

import html.parser

VOID = {"meta", "img", "br", "input", "link"}


class Element:
    """An element with its attributes, and its children: elements and text."""

    def __init__(self, tag, attributes=()):
        self.tag, self.attributes, self.children = tag, dict(attributes), []

    def __getitem__(self, name):
        return self.attributes[name]

    def __iter__(self):
        """All elements below, in their order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def text(self):
        parts = [child.text if isinstance(child, Element) else child for child in self.children]
        return " ".join("".join(parts).split())

    @property
    def kinds(self):
        return (self.attributes.get("class") or "").split()

    def all(self, tag=None, kind=None, **attributes):
        """The elements below of this tag, with this style class and these attributes (`_` stands for `-`)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self
            if (tag is None or element.tag == tag)
            and (kind is None or kind in element.kinds)
            and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, *arguments, **attributes):
        (found,) = self.all(*arguments, **attributes)
        return found


class Parser(html.parser.HTMLParser):
    """Builds the tree, and notes tags that are not closed in their order."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [Element("")], []

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if len(self.open) < 2 or self.open.pop().tag != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.open[-1].children.append(data)


def parsed(text):
    """The page's tree; AssertionError where it is not well-formed."""
    parser = Parser()
    parser.feed(text)
    parser.close()
    assert not parser.wrong and len(parser.open) == 1, (parser.wrong, [element.tag for element in parser.open])
    return parser.open[0]
