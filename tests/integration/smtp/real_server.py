"""A real mail server for the probe: aiosmtpd on a free port. Prints its port on stdout, then every received command."""

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Listener:
    pass


class Heard(SMTP):
    pass


def tell(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def hear(name):
    method = getattr(SMTP, name)

    async def heard(self, arg):
        tell(name.removeprefix("smtp_"))
        return await method(self, arg)

    # aiosmtpd keeps help texts and phases as attributes of its methods.
    heard.__dict__.update(method.__dict__)
    setattr(Heard, name, heard)


for command in [name for name in dir(SMTP) if name.startswith("smtp_")]:
    hear(command)


def authenticate(*_):
    return AuthResult(success=False)


async def main():
    mode, cert, key = sys.argv[1:4]
    context = None
    if cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
    implicit = mode == "tls"

    def factory():
        return Heard(
            Listener(),
            hostname="relay.test",
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate,
            auth_require_tls=mode == "starttls",
        )

    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=context if implicit else None)
    tell(str(server.sockets[0].getsockname()[1]))
    # Ends with the test that started it, also if that is killed.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
