"""A mail server for tests: prints where it listens, then each mail it takes as a line of JSON.

mailbox.py PORT [CERT KEY USER PASSWORD]: with those it takes mails by STARTTLS from that user alone.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


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


def options_of(cert, key, user, password):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def check(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    # Its LOGIN asks in other words than the servers that Alertmanager knows.
    return {'tls_context': context, 'require_starttls': True, 'auth_required': True, 'authenticator': check,
            'auth_exclude_mechanism': ['LOGIN']}


async def main(port, *secure):
    loop = asyncio.get_running_loop()
    options = options_of(*secure) if secure else {}
    server = await loop.create_server(lambda: SMTP(Printer(), enable_SMTPUTF8=True, **options), '127.0.0.1', port)
    print(json.dumps({'port': server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
