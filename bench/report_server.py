"""What P7 is measured against: the reference server of Ceph's telemetry, in its behaviour. It reads a report as JSON,
wants its id and time, refuses one that it has, writes it into a file named after both, indented, and says so."""
import json
import os
import re

ROOT = os.environ['REPORTS']


def application(environ, start_response):
    def answer(status, document):
        body = json.dumps(document).encode()
        start_response(status, [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
        return [body]

    length = int(environ.get('CONTENT_LENGTH') or 0)
    try:
        report = json.loads(environ['wsgi.input'].read(length))
        name = '%s.%s' % (report['report_id'], report['report_timestamp'])
    except (ValueError, KeyError):
        return answer('400 Bad Request', {'status': False})
    if not re.fullmatch(r'[0-9A-Za-z.:-]+', name):
        return answer('400 Bad Request', {'status': False})
    path = os.path.join(ROOT, name)
    if os.path.exists(path):
        return answer('500 Internal Server Error', {'status': False})
    with open(path, 'w') as file:
        file.write(json.dumps(report, indent=4))
    return answer('200 OK', {'status': True})
