"""OFD files written by hand (GB/T 33190): words at places on pages, in millimetres on A4.

A page is a list of (x, y, size, text), as in pdffiles.py but for the unit; y is the top of the letters.
"""
import io
import zipfile
from xml.sax.saxutils import escape

OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def steps(text, size):
    """DeltaX: the way from each character to the next, runs of equal ones as "g n v"."""
    ways = [size / 2 if char < "\u1100" else size for char in text[:-1]]
    out = []
    while ways:
        n = next((k for k, way in enumerate(ways) if way != ways[0]), len(ways))
        out.append(f"g {n} {ways[0]:g}" if n > 2 else " ".join(f"{ways[0]:g}" for _ in range(n)))
        ways = ways[n:]
    return " ".join(out)


def words(x, y, size, text, scale=1, more=""):
    """scale: the object is written that much smaller and enlarged by its transform."""
    return (f'<ofd:TextObject ID="9" Boundary="{x:g} {y:g} {size * len(text):g} {size * 1.2:g}" Font="3" '
            f'Size="{size / scale:g}" CTM="{scale} 0 0 {scale} 0 0"{more}>'
            f'<ofd:TextCode X="0" Y="{size * 0.88 / scale:g}" DeltaX="{steps(text, size / scale)}">{escape(text)}'
            '</ofd:TextCode></ofd:TextObject>')


def layer(page, scale=1):
    return ('<ofd:Content><ofd:Layer Type="Body" ID="8">' + "".join(
        row if isinstance(row, str) else words(*row, scale=scale) for row in page)
        + "</ofd:Layer></ofd:Content>")


def ofd(pages, template=None, annotations=False, seal=False, scale=1, missing=(), count=None):
    """template: the rows of a template behind every page; a row that is a string is XML as it is;
    missing: numbers of pages (from 0) whose part is not there; count: so many pages in the list, all
    of them the first."""
    listed = "".join(f'<ofd:Page ID="{100 + k}" BaseLoc="Pages/Page_{k}/Content.xml"/>' for k in range(len(pages)))
    if count:
        listed = '<ofd:Page ID="100" BaseLoc="Pages/Page_0/Content.xml"/>' * count
    parts = {
        "OFD.xml": f'{HEAD}<ofd:OFD {OFD} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1'
                   "</ofd:DocID><ofd:Title>无标题</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
                   + ("<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>" if seal else "")
                   + "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"{HEAD}<ofd:Document {OFD}><ofd:CommonData><ofd:MaxUnitID>999</ofd:MaxUnitID><ofd:PageArea>"
                              "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
                              + ('<ofd:TemplatePage ID="50" BaseLoc="/Doc_0/Tpls/T.xml"/>' if template else "")
                              + f"</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>"
                              + ("<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>" if annotations else "")
                              + "</ofd:Document>",
    }
    for k, page in enumerate(pages):
        if k not in missing:
            parts[f"Doc_0/Pages/Page_{k}/Content.xml"] = (
                f"{HEAD}<ofd:Page {OFD}>" + ('<ofd:Template TemplateID="50" ZOrder="Background"/>' if template else "")
                + "<ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area>"
                + layer(page, scale) + "</ofd:Page>")
    if template:
        parts["Doc_0/Tpls/T.xml"] = f"{HEAD}<ofd:Page {OFD}>{layer(template)}</ofd:Page>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
