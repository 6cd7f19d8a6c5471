"""A model endpoint on this machine that does as it is told, also what no honest one would."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def said(text, *, sent=12, received=5, finish="stop", tools=()):
    """Return what an endpoint with OpenAI's chat API answers."""
    message = {"role": "assistant", "content": text}
    if tools:
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for n, (name, arguments) in enumerate(tools)
        ]
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        **({} if sent is None else {"usage": _usage(sent, received)}),
    }


def _usage(sent, received):
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}


def status(code, body=b'{"error": {"message": "no"}}', **headers):
    """Return what answers with another status."""

    def answer(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def raw(body, **headers):
    """Return what answers with these bytes, whatever they are."""
    return status(200, body, **{"Content_Type": "application/json", **headers})


def endless(chunk=b'"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",' * 1000):
    """Return what never ends."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        while not handler.server.over.is_set():
            handler.wfile.write(chunk)

    return answer


def drip(handler):
    """Send a byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while not handler.server.over.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def silence(handler):
    """Say nothing at all."""
    handler.server.over.wait(20)


def hang_up(handler):
    """Close in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"id": ')


class ModelServer:
    """Answers with its lines one after the other, the last one again and again; keeps what it was asked."""

    def __init__(self, *script):
        self.script = list(script)
        self.asked, self.headers, self.paths = [], [], []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.over = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/v1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.over.set()
        self._server.shutdown()
        self._server.server_close()

    def next(self):
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def _handler(world):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            world.asked.append(json.loads(body))
            world.headers.append(self.headers)
            world.paths.append(self.path)
            line = world.next()
            try:
                line(self) if callable(line) else raw(json.dumps(line).encode())(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_):
            pass

    return Handler
