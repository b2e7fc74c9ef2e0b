"""One text in the forms in which offices have it, for tests and for bench/formats.py.

A text is a list of (level, words): level 0 is a paragraph, 1 the title, 2 and below its headings.
Each maker gives the bytes of a file whose words are those of the text and nothing else that a reader
should keep: what sites, mail programs and printers put around them is there to be left out.
"""
import base64
import email.message
import email.policy
import re
from html import escape

from ofdfiles import ofd, steps
from officefiles import docx, pack, paragraph, run

POINT = 25.4 / 72  # millimetres
WIDTH, HEIGHT, MARGIN, FOOT = 595, 842, 80, 760  # A4 in points; words stand between MARGIN and FOOT
NOT_FIRST = "，。、；：？！）》〉”’」』】〕％…—·,.;:?!)%"
NOT_LAST = "（《〈“‘「『【〔("


def of_markdown(text):
    """Headings and paragraphs of a law written as Markdown; comments and marks of bold are dropped."""
    text = re.sub(r"<!--.*?-->|\*\*", "", text, flags=re.S)
    for line in text.splitlines():
        marks, words = re.match(r"(#*)\s*(.*?)\s*$", line).groups()
        if words:
            yield len(marks), words


# ---- web pages and mail ----

def pieces(words):
    """The words as editors of sites leave them: in spans that begin and end anywhere."""
    return "".join(f'<span style="font-size:16px;font-family:仿宋">{escape(words[k:k + 17])}</span>'
                   for k in range(0, len(words), 17))


def printed_page(law, size=16):
    """What a browser prints: headings and paragraphs on A4, type of so many points."""
    body = "".join(f"<h{level}>{escape(words)}</h{level}>" if level else f"<p>{escape(words)}</p>" for level, words in law)
    return ("<!DOCTYPE html><meta charset=utf-8><style>@page{size:A4;margin:25mm}body{margin:0;font:"
            f"{size}pt/1.75 'Noto Serif CJK SC'}}h1,h2{{text-align:center}}h1{{font-size:1.4em}}h2{{font-size:1em}}"
            f"p{{text-indent:2em;margin:0}}</style>{body}").encode()


def page_body(law):
    out = []
    for level, words in law:
        if level == 1:
            out.append(f'<h1 class="title" style="text-align:center">{pieces(words)}</h1>'
                       '<div class="share"><a href="#">打印</a> <a href="#">关闭</a> 字号：<a href="#">大</a>'
                       '<a href="#">中</a><a href="#">小</a></div>')
        elif level:
            out.append(f'<h{level}>{pieces(words)}</h{level}>')
        else:
            out.append(f'<p style="text-indent:2em">&nbsp;&nbsp;&nbsp;&nbsp;{pieces(words)}<o:p></o:p></p>')
    return "\n".join(out)


def web_page(law, charset="utf-8"):
    """A page of an office's site, its words amid navigation, scripts and a foot."""
    links = "".join(f'<li><a href="/{n}.html">{words}</a></li>' for n, words in
                    enumerate(("首页", "政务公开", "政务服务", "互动交流", "走进云岫", "无障碍")))
    body = (f'<div class="header"><ul class="nav">{links}</ul></div>'
            '<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/a/">政务公开</a> &gt; 正文</div>'
            f'<div class="content" id="UCAP-CONTENT">{page_body(law)}</div>'
            f'<div class="related"><h3>相关链接</h3><ul>{links}</ul></div>'
            '<div class="footer"><p>主办：云岫市人民政府办公室　<a href="/map">网站地图</a></p></div>')
    return (f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{escape(law[0][1])}_云岫市人民政府</title>'
            "<style>p{line-height:2}</style><script>var a='<p>没有这段</p>';</script></head>"
            f"<body>{body}<script>document.write('也没有')</script></body></html>").encode(charset, "xmlcharrefreplace")


def mhtml(law):
    page = web_page(law, "gb18030")
    coded = base64.encodebytes(page).decode().replace("\n", "\r\n")
    return ("From: <Saved by Blink>\r\nSubject: =?utf-8?Q?=E9=A1=B5?=\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/related; type="text/html"; boundary="--b"\r\n\r\n----b\r\n'
            "Content-Type: text/html; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n"
            f"Content-Location: http://www.example.gov.cn/a.html\r\n\r\n{coded}\r\n----b\r\n"
            "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n----b--\r\n").encode()


def mail(law):
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["Subject"], message["From"], message["To"] = law[0][1], "a@example.com", "b@example.com"
    message.set_content("\n\n".join(words for _, words in law[1:]), charset="utf-8", cte="base64")
    message.add_alternative(f"<html><body>{page_body(law[1:])}</body></html>", subtype="html", charset="gb18030")
    return bytes(message)


# ---- Office ----

def word(law):
    return docx("".join(paragraph(words, {1: "t", 2: "1"}.get(level, "2") if level else "",
                                  inner=run(words[:3]) + run(words[3:])) for level, words in law), header="页眉")


def opendocument(law):
    names = {n: f"urn:oasis:names:tc:opendocument:xmlns:{n}:1.0" for n in ("office", "text")}
    spaces = " ".join(f'xmlns:{n}="{uri}"' for n, uri in names.items())
    body = "".join(f'<text:h text:outline-level="{level}">{escape(words)}</text:h>' if level else
                   f"<text:p><text:span>{escape(words[:5])}</text:span>{escape(words[5:])}</text:p>"
                   for level, words in law)
    return pack({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml":
                 f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
                 "</office:document-content>"}, stored=("mimetype",))


def epub(law):
    page = "".join(f"<h{level}>{escape(words)}</h{level}>" if level else f"<p>{escape(words)}</p>" for level, words in law)
    return pack({"mimetype": "application/epub+zip", "META-INF/container.xml":
                 '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
                 '<rootfile full-path="O/a.opf"/></rootfiles></container>',
                 "O/a.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
                 '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
                 '<spine><itemref idref="a"/></spine></package>',
                 "O/a.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{page}</body></html>'},
                stored=("mimetype",))


# ---- fixed pages ----

def advance(char):
    """Its width in sizes."""
    return 1.0 if char >= "\u1100" or char in "“”‘’…—" else 0.5


def lines(words, columns, indent):
    """Cut where a line is full, with no mark at its beginning or end that may not stand there."""
    while words:
        n, width = 0, indent
        while n < len(words) and width + advance(words[n]) <= columns:
            width += advance(words[n])
            n += 1
        while 1 < n < len(words) and (words[n] in NOT_FIRST or words[n - 1] in NOT_LAST or
                                      (words[n - 1:n + 1].isascii() and words[n - 1:n + 1].isalnum())):
            n -= 1
        yield indent, words[:n]
        words, indent = words[n:].lstrip(" "), 0


def laid_out(law, size=16, leading=1.75):
    """Pages of (x, y, size, words) in points: title and headings in the middle, paragraphs indented,
    the number of the page below."""
    pages, y = [[]], MARGIN
    for level, words in law:
        s = {0: size, 1: size * 1.375}.get(level, size)
        columns = (WIDTH - 2 * MARGIN) // s
        for indent, line in lines(words, columns, 0 if level else 2):
            if y > FOOT:
                pages.append([])
                y = MARGIN
            wide = sum(map(advance, line)) * s
            pages[-1].append(((WIDTH - wide) / 2 if level else MARGIN + indent * s, y, s, line))
            y += s * leading
    for number, page in enumerate(pages, 1):
        page.append((WIDTH / 2 - 20, HEIGHT - 45, 12, f"— {number} —"))
    return pages


def text_object(x, y, size, codes, more="", inner=""):
    """codes: (x, y, DeltaX, words) within the object."""
    words = "".join(f'<ofd:TextCode X="{a:g}" Y="{b:g}"' + (f' DeltaX="{d}"' if d else "") + f">{escape(t)}</ofd:TextCode>"
                    for a, b, d, t in codes)
    wide = max(len(t) for *_, t in codes) * size
    return (f'<ofd:TextObject ID="9" Boundary="{x:g} {y:g} {wide:g} {size * 1.2:g}" Font="3" Size="{size:g}"{more}>'
            f'<ofd:FillColor Value="0 0 0"/>{inner}{words}</ofd:TextObject>')


def by_line(x, y, size, words):
    """One object a line, runs of equal steps as "g n v"."""
    return text_object(x, y, size, [(0, size * 0.88, steps(words, size), words)])


def by_run(x, y, size, words):
    """An object for each run of one font: Chinese, Latin letters and digits."""
    out = ""
    for part in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", words):
        ways = " ".join(f"{advance(c) * size:g}" for c in part[:-1])
        out += text_object(x, y, size, [(0, size * 0.88, ways, part)])
        x += sum(map(advance, part)) * size
    return out


def by_letter(x, y, size, words):
    """An object for each character, as from printers that draw letter by letter."""
    out = ""
    for char in words:
        if char != " ":
            out += text_object(x, y, size, [(0, size * 0.88, "", char)])
        x += advance(char) * size
    return out


def by_glyph(x, y, size, words):
    """Numbers of glyphs beside the words, written in a measure of its own and brought to size by the transform."""
    glyphs = " ".join(str(ord(c) % 9000) for c in words)
    inner = (f'<ofd:CGTransform CodePosition="0" CodeCount="{len(words)}" GlyphCount="{len(words)}">'
             f"<ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>")
    ways = " ".join(f"{advance(c):g}" for c in words[:-1])
    return (f'<ofd:PageBlock ID="7"><ofd:TextObject ID="9" Boundary="{x:g} {y:g} {size * len(words):g} {size * 1.2:g}" '
            f'Font="3" Size="1" CTM="{size:g} 0 0 {size:g} 0 0">{inner}<ofd:TextCode X="0" Y="0.88" DeltaX="{ways}">'
            f"{escape(words)}</ofd:TextCode></ofd:TextObject></ofd:PageBlock>")


def by_page(rows):
    """One object a page whose codes are its lines."""
    size = rows[0][2]
    out = text_object(0, 0, size, [(x, y + size * 0.88, steps(words, size), words)
                                   for x, y, s, words in rows if s == size])
    return out + "".join(by_line(*row) for row in rows if row[2] != size)


OFD_WRITERS = {"line": by_line, "run": by_run, "letter": by_letter, "glyph": by_glyph, "page": None}


def fixed_pages(law, writer):
    """The laid out pages as OFD, on a template with a letterhead, in one of the ways of OFD_WRITERS."""
    pages = [[(x * POINT, y * POINT, s * POINT, words) for x, y, s, words in page] for page in laid_out(law)]
    draw = OFD_WRITERS[writer]
    drawn = [[by_page(page)] if draw is None else [draw(*row) for row in page] for page in pages]
    return ofd(drawn, template=[(70, 8, 4, "云岫市人民政府公报")])
