#!/usr/bin/python3
"""A real SMTP server for tests that does what the recipient's address says (Debian: python3-aiosmtpd).

  smtp.py [--port N] [--tls none|starttls|smtps --cert PEM --key PEM] [--auth USER:PASS | --auth badauth]
          [--greylist SECONDS] [--log FILE]

First line on stdout, once it listens on 127.0.0.1: `ready PORT`. It ends on SIGTERM, and when its parent ends.
`--auth` makes a login compulsory; a wrong one, and with `badauth` every one, is answered 535.

By local part of the recipient:
  refuse-*   550 at RCPT                        later-*      451 at the first RCPT of this address, then accepted
  reject-*   554 after the text                 greylist-*   450 at RCPT until SECONDS (default 1) after the first
  drop-*     connection closed at RCPT          slow-N-*     N seconds before the answer to the text (1p5 = 1.5)
  cut-*      text taken, connection closed without an answer
By local part of the sender:
  refuse-*   553 at MAIL
  anything else is accepted with 250

The log has one JSON object a line, each with `event`:
  message {from, to[], helo, tls, user, text, raw, answer}   text: UTF-8, raw: base64; answer: "250", "554", "cut"
  rcpt    {to, answer}   every recipient not accepted        auth {user, ok}
"""

import argparse
import asyncio
import base64
import json
import logging
import os
import re
import signal
import ssl
import time
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, log, greylist):
        self.log, self.greylist, self.first_seen = log, greylist, {}

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("refuse-"):
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        first = address not in self.first_seen
        since = time.monotonic() - self.first_seen.setdefault(address, time.monotonic())
        answer = None
        if address.startswith("refuse-"):
            answer = "550 5.1.1 No such user here"
        elif address.startswith("later-") and first:
            answer = "451 4.3.0 Try again later"
        elif address.startswith("greylist-") and (first or since < self.greylist):
            answer = "450 4.7.1 Greylisted, try again later"
        elif address.startswith("drop-"):
            answer = "drop"
            server.transport.abort()
        if answer:
            self.log(event="rcpt", to=address, answer=answer)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        answer, wait = "250 2.0.0 Message accepted", 0.0
        for address in envelope.rcpt_tos:
            if slow := re.match(r"slow-(\d+(?:p\d+)?)-", address):
                wait = float(slow[1].replace("p", "."))
            elif address.startswith("reject-"):
                answer = "554 5.7.1 Message refused"
            elif address.startswith("cut-"):
                answer = "cut"
        user = session.auth_data.login.decode() if session.authenticated else None
        self.log(
            event="message", to=envelope.rcpt_tos, helo=session.host_name, user=user, answer=answer.split()[0],
            tls=server.transport.get_extra_info("ssl_object") is not None,
            text=envelope.content.decode("utf-8", "replace"), raw=base64.b64encode(envelope.content).decode(),
            **{"from": envelope.mail_from},
        )
        await asyncio.sleep(wait)  # the message is ours already, whether or not the client waits
        if answer == "cut":
            server.transport.abort()
        return answer


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--tls", choices=["none", "starttls", "smtps"], default="none")
    p.add_argument("--cert")
    p.add_argument("--key")
    p.add_argument("--auth")
    p.add_argument("--greylist", type=float, default=1.0)
    p.add_argument("--log", default=os.devnull)
    return p.parse_args()


async def main():
    args = arguments()
    logging.disable()
    warnings.simplefilter("ignore")
    out = open(args.log, "a", buffering=1, encoding="utf-8")

    def log(**event):
        out.write(json.dumps(event, ensure_ascii=False) + "\n")

    def authenticate(server, session, envelope, mechanism, data):
        user, password = data.login.decode(), data.password.decode()
        ok = args.auth == f"{user}:{password}"
        log(event="auth", user=user, ok=ok)
        return AuthResult(success=ok, auth_data=data if ok else None, handled=False)

    tls = None
    if args.tls != "none":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(args.cert, args.key)
    starttls = args.tls == "starttls"
    handler = Handler(log, args.greylist)
    loop = asyncio.get_running_loop()

    def session():
        return SMTP(
            handler, loop=loop, hostname="smtp.test", enable_SMTPUTF8=True, timeout=60,
            tls_context=tls if starttls else None, require_starttls=starttls,
            authenticator=authenticate, auth_required=bool(args.auth), auth_require_tls=starttls or not args.auth,
            auth_exclude_mechanism=None if args.auth else ["LOGIN", "PLAIN"],
        )

    loop.set_exception_handler(lambda *_: None)  # connections we cut ourselves
    server = await loop.create_server(session, "127.0.0.1", args.port, ssl=tls if args.tls == "smtps" else None)
    stop = asyncio.Event()
    for s in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(s, stop.set)
    parent = os.getppid()
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    while not stop.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(stop.wait(), 0.5)
        except asyncio.TimeoutError:
            pass
    os._exit(0)  # open connections are of no interest any more


if __name__ == "__main__":
    asyncio.run(main())
