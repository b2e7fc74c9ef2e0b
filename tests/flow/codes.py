#!/usr/bin/env python3
"""Questions that name a code: answered from what holds that very code, not from its neighbours."""
from zdtest import ROOT, Office, run


def test_a_code_is_answered_by_itself_and_never_by_another():
    with Office() as office:
        office.run("add", "--quiet", *(ROOT / "examples" / name for name in ("guides", "rules", "faq", "trade")))
        office.write("报错.md", "# 云岫单一窗口报错代码表\n\n| 代码 | 含义 | 处理办法 |\n| --- | --- | --- |\n" + "".join(
            f"| D20{k} | 第{k}类格式错误 | 重新生成第{k}号文件后再次上传 |\n" for k in range(60, 90)))
        office.run("add", "--quiet", office.folder / "报错.md")
        for k in (62, 75, 88):
            for question in (f"报错D20{k}怎么处理", f"ｄ20{k}是什么错误，怎么处理？"):
                answer = office.ask(question)
                assert not answer["refused"] and f"{k}" in answer["answer"], (question, answer)
        for code in ("D2050", "D3012", "E1099", "D20625"):
            answer = office.ask(f"报错{code}怎么处理")
            assert answer["refused"], (code, answer["answer"], answer["confidence"])


run(globals())
