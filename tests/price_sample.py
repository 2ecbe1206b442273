# not a test
"""A server of prices that it makes up, for a demonstration without internet.

It speaks HTTPS with a certificate that is made for the occasion by openssl and
that secchat is told to trust; what it sends changes a little each time.
"""
import http.server
import json
import os
import random
import ssl
import subprocess
import threading
import time

BEGIN = {"bitcoin": 97120.4, "ethereum": 3391.07, "solana": 254.913,
         "dogecoin": 0.41287}


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        now = {coin: {"usd": round(usd * random.uniform(0.97, 1.03), 5),
                      "usd_24h_change": round(random.uniform(-5, 5), 3),
                      "last_updated_at": int(time.time())}
               for coin, usd in BEGIN.items()}
        body = json.dumps(now).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start(folder):
    """The options that make secchat ask it; [] when it cannot be started."""
    pem = os.path.join(folder, "sample.pem")
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", pem, "-out", pem + ".crt"], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem + ".crt", pem)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return ["--prices-url", "https://localhost:%d" % server.server_port,
            "--ca-file", pem + ".crt", "--prices-sample"]
