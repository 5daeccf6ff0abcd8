"""nginx from this machine's distribution, with the configuration that stands in deploy/ and the distribution's own."""

from __future__ import annotations

import getpass
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dondoc.config import PROJECT
from tests.integration.certificates import certified
from tests.integration.ports import free_port

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
FRAME = Path("/etc/nginx/nginx.conf")
COMMITTED = PROJECT / "deploy" / "nginx"
PAGES, PREFECT = "cum.example.org", "van-hanh.cum.example.org"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx: `http` and `https` are its ports, `folder` is where it writes."""

    folder: Path
    http: int
    https: int
    tls: ssl.SSLContext
    """Trusts its certificate."""

    def ask(
        self, path: str, *, of: str = PAGES, method: str = "GET", since: str = "127.0.0.1", **more: Any
    ) -> httpx.Response:
        """Ask it over TLS from the address `since`, as if `of` were its name in the DNS."""
        transport = httpx.HTTPTransport(verify=self.tls, local_address=since)
        headers = {"Host": of, **more.pop("headers", {})}
        with httpx.Client(transport=transport, timeout=60) as client:
            return client.request(
                method,
                f"https://127.0.0.1:{self.https}{path}",
                headers=headers,
                extensions={"sni_hostname": of},
                **more,
            )

    def logs(self) -> str:
        return "\n".join(file.read_text("utf-8") for file in self.folder.glob("*.log"))


@contextmanager
def proxied(folder: Path, pages: int, prefect: int) -> Iterator[Proxy]:
    """The committed files with other ports, folders and certificate, before pages and a Prefect on these ports."""
    assert NGINX is not None
    _, tls = certified(PAGES, folder, PREFECT)
    proxy = Proxy(folder, free_port(), free_port(), tls)
    (folder / "snippets").mkdir()
    replaced = {
        "listen 80;": f"listen 127.0.0.1:{proxy.http};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.https} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "127.0.0.1:8080": f"127.0.0.1:{pages}",
        "127.0.0.1:4200": f"127.0.0.1:{prefect}",
        "/etc/letsencrypt/live/cum.example.org/fullchain.pem": f"{folder}/tls.pem",
        "/etc/letsencrypt/live/cum.example.org/privkey.pem": f"{folder}/tls.pem",
        "/opt/dondoc": str(PROJECT),
        "/var/www/html": f"{folder}/acme",
        "/var/log/nginx": str(folder),
    }
    for name in ("dondoc.conf", "snippets/dondoc.conf"):
        text = (COMMITTED / name).read_text("utf-8")
        for committed, here in replaced.items():
            text = text.replace(committed, here)
        (folder / name).write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(_frame(folder), "utf-8")
    with (folder / "nginx.out").open("wb") as said:
        command = [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
        process = subprocess.Popen([*command, "-g", "daemon off;"], stdout=said, stderr=said)
    try:
        _wait_for(process, proxy)
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


def _frame(folder: Path) -> str:
    """The distribution's own main file, for another user and other folders, with no other sites."""
    text = FRAME.read_text("utf-8")
    text = re.sub(r"^user .*;", f"user {getpass.getuser()};", text, flags=re.MULTILINE)
    text = re.sub(r"^pid .*;", f"pid {folder}/nginx.pid;", text, flags=re.MULTILINE)
    text = re.sub(r"/var/log/nginx", str(folder), text)
    text = re.sub(r"include /etc/nginx/conf\.d/\*\.conf;", "", text)
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return text.replace("include /etc/nginx/sites-enabled/*;", f"{kept} include {folder}/dondoc.conf;")


def _wait_for(process: subprocess.Popen[bytes], proxy: Proxy) -> None:
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, (proxy.folder / "nginx.out").read_text("utf-8")
        with suppress(OSError), socket.create_connection(("127.0.0.1", proxy.https), timeout=1):
            return
        assert time.monotonic() < end, "nginx does not listen"
        time.sleep(0.05)
