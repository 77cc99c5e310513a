"""Show words instead of a picture that may not be fetched: remote pictures are trackers."""

from xml.etree.ElementTree import Element

from markdown.treeprocessors import Treeprocessor

from .clean import Options


class Pictures(Treeprocessor):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options

    def run(self, root: Element) -> None:
        for picture in list(root.iter("img")):
            src, words = picture.get("src", ""), picture.get("alt", "")
            src = self.options.named(src)
            picture.set("src", src)
            if not self.options.shows(src):
                picture.tag = "span"
                picture.attrib.clear()
                picture.set("class", "image-refused")
                picture.text = words or src
