#!/usr/bin/env python3
"""The API against docs/openapi.json and the route table: api_test.py ZHIDIAN

Every route of the program stands in the file and the other way round, with role and operation;
every reply has a status that the file names and a body that its schema allows. A small office is
changed over the API alone.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from urllib.parse import quote, urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "support")]
from pdffiles import pdf  # noqa: E402
from raw import Server, Wire  # noqa: E402

PROGRAM = None
GUIDE = """# 云岫市龙舟下水备案办法

云体规〔2024〕9号

云岫市体育局

第一条 为了龙舟下水安全，制定本办法。

第二条 龙舟队应当在下水前十五日内，凭队员名册和船只检验证明到市体育局备案。

第三条 本办法自2024年5月1日起施行。
"""
WORDS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
         "object": dict, "null": type(None)}


def load():
    with open(os.path.join(HERE, "../../docs/openapi.json"), encoding="utf-8") as file:
        return json.load(file)


class Schemas:
    """As much of JSON Schema as the file uses; any other keyword is an error."""

    known = {"type", "required", "properties", "additionalProperties", "items", "enum", "minimum",
             "maximum", "description", "format", "$ref", "maxLength", "default"}

    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def faults(self, schema, value, at="$"):
        schema = self.resolve(schema)
        assert set(schema) <= self.known, set(schema) - self.known
        types = schema.get("type", list(WORDS))
        types = [types] if isinstance(types, str) else types
        if not any(isinstance(value, WORDS[t]) and not (t != "boolean" and isinstance(value, bool))
                   for t in types):
            return [f"{at}: {value!r} is not {types}"]
        found = []
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{at}: {value!r} is none of {schema['enum']}")
        if "minimum" in schema and value < schema["minimum"]:
            found.append(f"{at}: {value} is too small")
        if "maximum" in schema and value > schema["maximum"]:
            found.append(f"{at}: {value} is too large")
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            found += [f"{at}: {name} is missing" for name in schema.get("required", [])
                      if name not in value]
            for name, member in value.items():
                if name in properties:
                    found += self.faults(properties[name], member, f"{at}.{name}")
                elif schema.get("additionalProperties") is False:
                    found.append(f"{at}: {name} is not described")
        if isinstance(value, list) and "items" in schema:
            for i, member in enumerate(value):
                found += self.faults(schema["items"], member, f"{at}[{i}]")
        return found


class Folders(unittest.TestCase):
    def test_a_citation_does_not_tell_where_the_office_keeps_its_files(self):
        with tempfile.TemporaryDirectory(prefix="zhidian-wire-") as folder:
            file = os.path.join(folder, "龙舟下水备案办法.md")
            with open(file, "w", encoding="utf-8") as out:
                out.write(GUIDE)
            office = os.path.join(folder, "office")
            subprocess.run([PROGRAM, "--data", office, "add", file], check=True,
                           capture_output=True)
            with Server(PROGRAM, data=office) as server, Wire(server.port) as wire:
                for path in ("/api/v1/search?", "/api/v1/ask?", "/?", "/api/v1/documents?"):
                    wire.send(f"GET {path}q={quote('龙舟下水备案')} HTTP/1.1\r\nHost: a\r\n\r\n"
                              .encode())
                    reply = wire.reply()
                    self.assertEqual(reply.status, 200)
                    self.assertNotIn(folder.encode(), reply.body)
                    if "search" in path:
                        self.assertEqual(json.loads(reply.body)["hits"][0]["source"],
                                         "龙舟下水备案办法.md")


class Table(unittest.TestCase):
    def test_file_and_program_have_the_same_routes(self):
        printed = subprocess.run([PROGRAM, "serve", "--print-routes"], check=True,
                                 capture_output=True, text=True).stdout
        compiled = {tuple(line.split()) for line in printed.splitlines()}
        described = {(method.upper(), path, o["x-role"], o["operationId"])
                     for path, item in load()["paths"].items() for method, o in item.items()}
        self.assertEqual(compiled, described)
        self.assertEqual(len(compiled), len(printed.splitlines()))

    def test_what_changes_something_needs_the_token_and_models_need_a_key(self):
        for path, item in load()["paths"].items():
            for method, operation in item.items():
                needs_key = path.startswith("/v1/")
                changes = (method != "get" and not needs_key and
                           operation["operationId"] not in ("ask", "mcp")) or (
                               operation["operationId"] in ("listJobs", "showJob", "listQuarantined",
                                                    "listLessons"))
                role = "owner" if changes else "key" if needs_key else "visitor"
                self.assertEqual(operation["x-role"], role, path)
                self.assertEqual("security" in operation, changes or needs_key, path)
                self.assertEqual("401" in operation["responses"], changes or needs_key, path)

    def test_every_reference_leads_somewhere(self):
        document = load()
        schemas = Schemas(document)

        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    schemas.resolve(node)
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)

        walk(document)


class Office(unittest.TestCase):
    """One office over its whole life."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, args=["--quiet"])
        cls.token = cls.server.token()
        cls.document = load()
        cls.schemas = Schemas(cls.document)
        cls.wire = Wire(cls.server.port)

    @classmethod
    def tearDownClass(cls):
        cls.wire.close()
        cls.server.__exit__()

    def key(self):
        """A key of the office, once the server knows it."""
        made = subprocess.run([PROGRAM, "--data", self.server.data, "key", "new", "k",
                               "--department", "d"], check=True, capture_output=True, text=True)
        key = made.stdout.strip()
        for _ in range(200):
            if self.call("listModels", "/v1/models", token=key)[0] == 200:
                return key
            time.sleep(0.05)
        raise AssertionError("the key is not known")

    def call(self, operation, path, body=None, kind=None, token=False, **query):
        """Sends it and holds the reply against the description of the operation."""
        for template, item in self.document["paths"].items():
            for method, described in item.items():
                if described["operationId"] == operation:
                    found = method.upper(), template, described
        method, template, described = found
        target = quote(path) + ("?" + urlencode(query) if query else "")
        head = f"{method} {target} HTTP/1.1\r\nHost: a\r\n"
        if token:
            head += f"Authorization: Bearer {self.token if token is True else token}\r\n"
        if kind:
            head += f"Content-Type: {kind}\r\n"
        if body is not None:
            head += f"Content-Length: {len(body)}\r\n"
        self.wire.send(head.encode() + b"\r\n" + (body or b""))
        reply = self.wire.reply()
        self.assertIsNotNone(reply, operation)
        if reply.fields.get("connection") == "close":
            self.wire.close()
            type(self).wire = Wire(self.server.port)
        self.assertIn(str(reply.status), described["responses"], f"{operation}: {reply.body}")
        answer = self.schemas.resolve(described["responses"][str(reply.status)])
        content = answer.get("content", {})
        if not content:
            self.assertEqual(reply.body, b"")
            return reply.status, None
        kind = reply.fields["content-type"].split(";")[0]
        self.assertIn(kind, content)
        if kind == "image/png":
            return reply.status, reply.body
        if kind != "application/json":
            return reply.status, reply.body.decode()
        value = json.loads(reply.body)
        self.assertEqual(self.schemas.faults(content[kind]["schema"], value), [], operation)
        return reply.status, value

    def ask(self, question):
        return self.call("askByQuery", "/api/v1/ask", q=question)[1]

    def ask_after(self, history, question):
        body = json.dumps({"question": question, "history": history}).encode()
        return self.call("ask", "/api/v1/ask", body=body, kind="application/json")[1]

    def test_use_teaches(self):
        lessons = "/api/v1/lessons"
        asked = "火星移民签证怎么申请，我的电话是13812345678"
        self.assertTrue(self.ask(asked)["refused"])
        self.assertEqual(self.call("listLessons", lessons)[0], 401)
        kept = self.call("listLessons", lessons, token=True, kind="unanswered")[1]["lessons"]
        kept = [k for k in kept if "火星移民" in k["question"]]
        self.assertEqual([(k["times"], k["who"]) for k in kept], [(1, "serve")])
        self.assertNotIn("13812345678", kept[0]["question"])

        body = "# 火星移民办法\n\n第一条 火星移民签证到出入境窗口申请。\n".encode()
        added = self.call("addDocument", "/api/v1/documents", body, token=True, name="火星.md")[1]
        for document, status in (("没有的", 404), (added["document"], 201)):
            lesson = {"kind": "corrected", "question": kept[0]["question"], "document": document,
                      "answer": "到出入境窗口申请"}
            self.assertEqual(self.call("addLesson", lessons, json.dumps(lesson).encode(),
                                       kind="application/json", token=True)[0], status)
        kinds = [k["kind"] for k in self.call("listLessons", lessons, token=True)[1]["lessons"]
                 if "火星移民" in k["question"]]
        self.assertEqual(kinds, ["corrected"])
        bad = json.dumps({"kind": "liked", "question": "好"}).encode()
        self.assertEqual(self.call("addLesson", lessons, bad, kind="application/json",
                                   token=True)[0], 400)
        self.call("removeDocument", f"/api/v1/documents/{added['document']}", token=True)

    def test_the_life_of_a_document(self):
        documents = "/api/v1/documents"
        question = "龙舟下水备案要在下水前多少日内"
        self.assertTrue(self.ask(question)["refused"])
        self.assertEqual(self.call("listDocuments", documents)[1], {"documents": [], "next": None})

        self.assertEqual(self.ask_after([], question)["question"], question)
        body = GUIDE.encode()
        status, added = self.call("addDocument", documents, body, token=True,
                                  name="龙舟下水备案办法.md")
        self.assertEqual((status, added["outcome"]), (201, "added"))
        status, again = self.call("addDocument", documents, body, token=True,
                                  name="龙舟下水备案办法.md")
        self.assertEqual((status, again["outcome"]), (200, "unchanged"))
        self.assertEqual(again["document"], added["document"])
        one = f"{documents}/{added['document']}"

        shown = self.call("showDocument", one)[1]
        self.assertEqual(shown["versions"][0]["number"], "云体规〔2024〕9号")
        self.assertEqual(shown["versions"][0]["effective"], "2024-05-01")
        self.assertNotIn("source", shown["versions"][0])
        self.assertIn("source", self.call("showDocument", one, token=True)[1]["versions"][0])

        text = self.call("documentText", one + "/text")[1]
        self.assertEqual(len(text["text"]), text["chars"])
        hits = self.call("search", "/api/v1/search", q=question, top=3, explain=1)[1]["hits"]
        self.assertGreater(len(hits), 0)
        for hit in hits:
            self.assertEqual(text["text"][hit["start"]:hit["end"]], hit["text"])
        self.assertIn("下水前十五日内", hits[0]["text"])
        page = self.call("documentPage", f"/doc/{added['document']}", version=1,
                         start=hits[0]["start"], end=hits[0]["end"])[1]
        self.assertIn('<mark id="cited"', page)
        self.assertIn("下水前十五日内", page.split("<mark", 1)[1].split("</mark>")[0])

        self.assertEqual(self.call("removeDocument", one, token=True)[0], 204)
        self.assertEqual(self.call("removeDocument", one, token=True)[0], 404)
        self.assertEqual(self.call("showDocument", one)[0], 404)
        self.assertEqual(self.call("documentPage", f"/doc/{added['document']}")[0], 404)
        self.assertEqual(self.call("search", "/api/v1/search", q=question)[1]["hits"], [])
        self.assertTrue(self.ask(question)["refused"])

    def test_a_question_of_several_things(self):
        guide = ("# 云岫市龙舟检验办事指南\n\n## 办理时限\n\n法定时限二十日。\n\n## 收费标准\n\n"
                 "每艘龙舟检验收取六十元。\n\n## 办理地点\n\n云岫市体育局一楼窗口。\n").encode()
        _, added = self.call("addDocument", "/api/v1/documents", token=True, name="检验.md",
                             body=guide)
        question = "龙舟检验去哪办，要多少钱，龙舟是谁发明的"
        answer = self.ask(question)
        self.assertEqual([p["citation"] for p in answer["parts"]], [1, 2, None])
        self.assertEqual(answer["parts"][0]["answer"], "云岫市体育局一楼窗口。")
        self.assertEqual(answer["parts"][1]["answer"], "每艘龙舟检验收取六十元。")
        self.wire.send(f"GET /?q={quote(question)} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        page = self.wire.reply().body.decode()
        self.assertIn("没有找到“龙舟是谁发明的”的依据。", page)
        self.assertIn("每艘龙舟检验收取六十元。 [2]", page)
        self.call("removeDocument", f"/api/v1/documents/{added['document']}", token=True)

    def test_pages_of_a_list_hold_each_document_once(self):
        documents = "/api/v1/documents"
        ids = []
        for i in range(5):
            body = f"# 第{i}号通告\n\n这是第{i}号通告的正文，说明第{i}件事情。\n".encode()
            ids.append(self.call("addDocument", documents, body, token=True,
                                 name=f"{i}.md", id=f"n-{i}")[1]["document"])
        self.assertEqual(ids, [f"n-{i}" for i in range(5)])
        seen, after = [], None
        while True:
            query = {"limit": 2, **({"after": after} if after else {})}
            page = self.call("listDocuments", documents, **query)[1]
            seen += [d["id"] for d in page["documents"]]
            after = page["next"]
            if after is None:
                break
        self.assertEqual([i for i in seen if i.startswith("n-")], ids)
        for one in ids:
            self.call("removeDocument", f"{documents}/{one}", token=True)

    def test_a_file_that_cannot_be_read_is_refused_with_a_reason(self):
        status, error = self.call("addDocument", "/api/v1/documents", b"\x00\x01\x02" * 100,
                                  token=True, name="x.bin")
        self.assertEqual(status, 422)
        self.assertGreater(len(error["error"]["message"]), 5)
        self.assertEqual(self.call("listDocuments", "/api/v1/documents")[1]["documents"], [])

    def test_a_queued_file_and_one_that_is_only_shown(self):
        status, job = self.call("addDocument", "/api/v1/documents", GUIDE.encode(), token=True,
                                name="a.md", queue=1, priority=3)
        self.assertEqual((status, job["state"], job["priority"]), (202, "waiting", 3))
        for _ in range(600):
            shown = self.call("showJob", f"/api/v1/jobs/{job['job']}", token=True)[1]
            if shown["state"] == "done":
                break
            time.sleep(0.05)
        self.assertEqual((shown["outcome"], shown["attempts"]), ("added", 1))
        self.assertEqual(self.call("listJobs", "/api/v1/jobs", token=True)[1]["counts"]["done"], 1)
        self.call("removeDocument", f"/api/v1/documents/{shown['document']}", token=True)
        status, shown = self.call("parseDocument", "/api/v1/parse", GUIDE.encode(), token=True,
                                  name="a.md")
        self.assertEqual((status, shown["document"]["number"]), (200, "云体规〔2024〕9号"))

    def test_a_page_is_drawn(self):
        two = pdf([[(90, 110, 16, "第一页")], [(90, 110, 16, "第二页")]])
        first, second = (self.call("renderPage", "/api/v1/parse/page", two, token=True, page=page)
                         for page in (1, 2))
        for status, picture in (first, second):
            self.assertEqual((status, picture[:8]), (200, b"\x89PNG\r\n\x1a\n"))
        self.assertNotEqual(first[1], second[1])
        for body, page, wanted in [(two, 3, 422), (b"words", 1, 422), (two, 0, 400)]:
            self.assertEqual(self.call("renderPage", "/api/v1/parse/page", body, token=True,
                                       page=page)[0], wanted)

    def test_wrong_uses(self):
        rows = [
            ("ask", "/api/v1/ask", 400, {"body": b"[]", "kind": "application/json"}),
            ("ask", "/api/v1/ask", 400, {"body": b'{"question":1}', "kind": "application/json"}),
            ("ask", "/api/v1/ask", 400, {"body": b'{"question":"a","role":"owner"}',
                                         "kind": "application/json"}),
            ("ask", "/api/v1/ask", 400, {"body": b'{"question":""}', "kind": "application/json"}),
            ("ask", "/api/v1/ask", 400, {"body": b'{"question":"a","as_of":"2026-02-30"}',
                                         "kind": "application/json"}),
            ("ask", "/api/v1/ask", 400, {"body": b'{"question":"a","history":"b"}',
                                         "kind": "application/json"}),
            ("ask", "/api/v1/ask", 400, {"body": b'{"question":"a","history":[1]}',
                                         "kind": "application/json"}),
            ("ask", "/api/v1/ask", 404, {"body": b'{"question":"a","desk":"other"}',
                                         "kind": "application/json"}),
            ("ask", "/api/v1/ask", 413, {"body": json.dumps({"question": "a" * 4097}).encode(),
                                         "kind": "application/json"}),
            ("ask", "/api/v1/ask", 415, {"body": b"{}", "kind": "text/plain"}),
            ("askByQuery", "/api/v1/ask", 400, {}),
            ("askByQuery", "/api/v1/ask", 400, {"q": "a", "as_of": "soon"}),
            ("search", "/api/v1/search", 400, {"q": "a", "top": 0}),
            ("search", "/api/v1/search", 400, {"q": "a", "top": 101}),
            ("search", "/api/v1/search", 400, {"q": "a", "top": "x"}),
            ("search", "/api/v1/search", 400, {"q": "a", "explain": 2}),
            ("listDocuments", "/api/v1/documents", 400, {"limit": 501}),
            ("listDocuments", "/api/v1/documents", 404, {"after": "none"}),
            ("showDocument", "/api/v1/documents/none", 404, {}),
            ("documentText", "/api/v1/documents/none/text", 404, {}),
            ("documentPage", "/doc/none", 404, {}),
            ("documentPage", "/doc/none", 400, {"start": "x"}),
            ("citizenPage", "/", 400, {"q": "a", "as_of": "x"}),
            ("addDocument", "/api/v1/documents", 401, {"body": b"x", "name": "a"}),
            ("addDocument", "/api/v1/documents", 400, {"body": b"x", "token": True}),
            ("removeDocument", "/api/v1/documents/none", 401, {}),
            ("removeDocument", "/api/v1/documents/none", 404, {"token": True}),
            ("asset", "/assets/none", 404, {}),
        ]
        for operation, path, status, options in rows:
            with self.subTest(f"{operation} {options}"):
                self.assertEqual(self.call(operation, path, **options)[0], status)

    def test_models_and_agents(self):
        key = self.key()
        listed = self.call("listModels", "/v1/models", token=key)[1]
        self.assertEqual([m["id"] for m in listed["data"]], ["desk:public"])
        self.assertEqual(self.call("retrieveModel", "/v1/models/desk:public", token=key)[0], 200)
        self.assertEqual(self.call("retrieveModel", "/v1/models/none", token=key)[0], 404)
        chat = {"body": json.dumps({"model": "desk:public", "messages": [
            {"role": "user", "content": "龙舟下水备案要多少日"}]}).encode(), "kind": "application/json"}
        status, reply = self.call("createChatCompletion", "/v1/chat/completions", token=key, **chat)
        self.assertEqual((status, reply["zhidian"]["refused"]), (200, True))
        rows = [
            ("createChatCompletion", 401, {**chat}),
            ("createChatCompletion", 401, {**chat, "token": True}),
            ("createChatCompletion", 415, {**chat, "kind": "text/plain", "token": key}),
            ("createChatCompletion", 400, {**chat, "body": b"[]", "token": key}),
            ("createChatCompletion", 400, {**chat, "body": b"{", "token": key}),
            ("createChatCompletion", 404, {**chat, "body": b'{"model":"x","messages":[{"role":'
                                                   b'"user","content":"a"}]}', "token": key}),
            ("createEmbedding", 404, {**chat, "body": b'{"model":"x","input":"a"}', "token": key}),
            ("createEmbedding", 400, {**chat, "body": b'{"model":"x"}', "token": key}),
            ("mcp", 200, {"kind": "application/json",
                          "body": b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'}),
            ("mcp", 202, {"kind": "application/json", "body": b'{"jsonrpc":"2.0","method":"x"}'}),
            ("mcp", 400, {"kind": "application/json", "body": b"{"}),
            ("mcp", 415, {"kind": "text/plain", "body": b"{}"}),
        ]
        paths = {"createChatCompletion": "/v1/chat/completions", "createEmbedding": "/v1/embeddings",
                 "mcp": "/mcp"}
        for operation, status, options in rows:
            with self.subTest(f"{operation} {options}"):
                self.assertEqual(self.call(operation, paths[operation], **options)[0], status)

    def test_health(self):
        for operation in ("healthz", "readyz", "metrics"):
            self.assertEqual(self.call(operation, f"/{operation}")[0], 200)
        self.assertEqual(self.call("citizenPage", "/")[0], 200)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
