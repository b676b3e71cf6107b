"""A mail server for tests: prints where it listens, then each mail it takes as a line of JSON."""
import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


class Printer:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        print(json.dumps({
            'from': envelope.mail_from,
            'to': envelope.rcpt_tos,
            'headers': {name.lower(): str(value) for name, value in message.items()},
            'text': parts.get('text/plain'),
            'html': parts.get('text/html'),
            'bytes': len(envelope.content),
        }), flush=True)
        return '250 OK'


async def main(port):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Printer(), enable_SMTPUTF8=True), '127.0.0.1', port)
    print(json.dumps({'port': server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
