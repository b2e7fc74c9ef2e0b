"""Small Office, OpenDocument and EPUB files written by hand, for tests: only what the readers read.

Each maker takes parts of a text and returns the bytes of a file.
"""
import io
import zipfile
from html import escape


def quoteattr(text):
    return '"' + escape(text) + '"'


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def pack(parts, stored=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, how)
    return out.getvalue()


def relations(*rows):
    """rows: (id, type, target)"""
    return (f'<?xml version="1.0"?><Relationships xmlns="{RELS}">' + "".join(
        f'<Relationship Id="{i}" Type="{TYPE}{t}" Target="{g}"/>' for i, t, g in rows)
        + "</Relationships>")


# ---- Word ----

def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space=\"preserve\">{escape(text)}</w:t></w:r>"


def paragraph(text="", style="", numbering=None, inner=None, properties=""):
    """numbering: (list, level); inner: ready XML instead of the text."""
    about = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbering:
        about += f'<w:numPr><w:ilvl w:val="{numbering[1]}"/><w:numId w:val="{numbering[0]}"/></w:numPr>'
    return f"<w:p><w:pPr>{about}{properties}</w:pPr>{inner if inner is not None else run(text)}</w:p>"


def word_table(rows):
    """rows of cells; a cell is a text, or (text, {"across": n, "down": "restart"|"continue"})."""
    out = "<w:tbl>"
    for row in rows:
        out += "<w:tr>"
        for cell in row:
            text, how = cell if isinstance(cell, tuple) else (cell, {})
            about = f'<w:gridSpan w:val="{how["across"]}"/>' if "across" in how else ""
            about += f'<w:vMerge w:val="{how["down"]}"/>' if "down" in how else ""
            out += f"<w:tc><w:tcPr>{about}</w:tcPr>{paragraph(text)}</w:tc>"
        out += "</w:tr>"
    return out + "</w:tbl>"


STYLES = f"""<w:styles {W}>
<w:style w:type="paragraph" w:styleId="a"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="2a"><w:name w:val="自定标题"/><w:basedOn w:val="2"/></w:style>
<w:style w:type="paragraph" w:styleId="toc"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="no"><w:name w:val="编号"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
</w:styles>"""

NUMBERING = f"""<w:numbering {W}>
<w:abstractNum w:abstractNumId="10">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="space"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:suff w:val="nothing"/><w:lvlText w:val="（%2）"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="11">
<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="12"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="l"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="10"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="11"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="12"/></w:num>
</w:numbering>"""


def docx(body, footnotes="", header="", macro=False):
    rows = [("s", "styles", "styles.xml"), ("n", "numbering", "numbering.xml")]
    parts = {"[Content_Types].xml": "<Types/>",
             "_rels/.rels": relations(("d", "officeDocument", "word/document.xml")),
             "word/document.xml": f"<w:document {W} {R} "
             'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
             'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
             f'xmlns:wps="urn:x">'
             f"<w:body>{body}</w:body></w:document>",
             "word/styles.xml": STYLES, "word/numbering.xml": NUMBERING}
    if footnotes:
        rows.append(("f", "footnotes", "footnotes.xml"))
        parts["word/footnotes.xml"] = f"<w:footnotes {W}>{footnotes}</w:footnotes>"
    if header:
        rows.append(("h", "header", "header1.xml"))
        parts["word/header1.xml"] = f"<w:hdr {W}>{paragraph(header)}</w:hdr>"
    if macro:
        rows.append(("v", "vbaProject", "vbaProject.bin"))
        parts["word/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 macro"
    parts["word/_rels/document.xml.rels"] = relations(*rows)
    return pack(parts)


# ---- Excel ----

def column(n):
    """0 → A"""
    return (column(n // 26 - 1) if n >= 26 else "") + chr(65 + n % 26)


def sheet_xml(rows, merges=(), formats=()):
    """rows of values: text, number, None, or (value, format index)."""
    out = f"<worksheet {X}><sheetData>"
    for r, row in enumerate(rows, 1):
        if row is None:
            continue
        out += f'<row r="{r}">'
        for c, value in enumerate(row):
            value, style = value if isinstance(value, tuple) else (value, 0)
            if value is None:
                continue
            if isinstance(value, str):
                out += (f'<c r="{column(c)}{r}" s="{style}" t="inlineStr"><is><t>{escape(value)}'
                        "</t></is></c>")
            else:
                out += f'<c r="{column(c)}{r}" s="{style}"><v>{value!r}</v></c>'
        out += "</row>"
    out += "</sheetData>"
    if merges:
        out += "<mergeCells>" + "".join(f'<mergeCell ref="{m}"/>' for m in merges) + "</mergeCells>"
    return out + "</worksheet>"


def xlsx(sheets, formats=(), shared=None, date1904=False):
    """sheets: [(name, sheet XML, state)]; formats: codes, usable as 1, 2, … in sheet_xml."""
    custom = "".join(f'<numFmt numFmtId="{200 + i}" formatCode={quoteattr(code)}/>'
                     for i, code in enumerate(formats))
    xfs = '<xf numFmtId="0"/>' + "".join(f'<xf numFmtId="{200 + i}"/>' for i in range(len(formats)))
    parts = {"[Content_Types].xml": "<Types/>",
             "_rels/.rels": relations(("w", "officeDocument", "xl/workbook.xml")),
             "xl/workbook.xml": f'<workbook {X} {R}><workbookPr date1904="{int(date1904)}"/><sheets>' + "".join(
                 f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="r{i}" state="{state}"/>'
                 for i, (name, _, state) in enumerate(sheets, 1)) + "</sheets></workbook>",
             "xl/styles.xml": f"<styleSheet {X}><numFmts>{custom}</numFmts><cellXfs>{xfs}</cellXfs>"
             "</styleSheet>",
             "xl/_rels/workbook.xml.rels": relations(
                 ("st", "styles", "styles.xml"), ("ss", "sharedStrings", "sharedStrings.xml"),
                 *((f"r{i}", "worksheet", f"worksheets/sheet{i}.xml")
                   for i in range(1, len(sheets) + 1)))}
    if shared is not None:
        parts["xl/sharedStrings.xml"] = f"<sst {X}>" + "".join(
            f"<si>{s}</si>" for s in shared) + "</sst>"
    for i, (_, xml, _) in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = xml
    return pack(parts)
