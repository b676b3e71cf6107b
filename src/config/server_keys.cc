#include <array>

#include "config/key.h"
#include "config/limits.h"

namespace candor {
namespace {

constexpr std::array kKeys = {
    Key{.name = "listen",
        .fallback = "127.0.0.1:8080",
        .about = "Address and port to listen on.",
        .example = "listen = \"0.0.0.0:8443\""},
    Key{.name = "data",
        .type = KeyType::kFolder,
        .fallback = "data",
        .about = "The folder of journal, store and keys.",
        .example = "data = \"/var/lib/candor/server\""},
    Key{.name = "journal_max_bytes",
        .type = KeyType::kInteger,
        .fallback = "8589934592",
        .about = "What the journal may take while the store does not answer; then clients are told "
                 "to send again later. The disk needs 64 MiB more than that.",
        .example = "journal_max_bytes = 34359738368",
        .min = 128 << 20,
        .max = std::int64_t{1} << 50},
    Key{.name = "engine",
        .fallback = "embedded",
        .about = "The store: embedded (one is started and supervised), or the URL of a ClickHouse "
                 "server.",
        .example = "engine = \"http://clickhouse.example.com:8123\"",
        .may_hold_password = true},
    Key{.name = "web_config_file",
        .type = KeyType::kFile,
        .about = "TLS and users, in Prometheus's format; `candor user add` writes it.",
        .example = "web_config_file = \"web.yml\""},
    Key{.name = "trusted_proxies",
        .type = KeyType::kTexts,
        .about =
            "Proxies whose X-Forwarded-For says where requests come from, for rate limits; for "
            "visitors of web pages also other headers of that kind. Addresses and networks.",
        .example = "trusted_proxies = [\"10.0.0.0/8\"]"},
    Key{.name = "insecure",
        .type = KeyType::kBoolean,
        .fallback = "false",
        .about = "Allows plain http on an address that is not this machine's own.",
        .example = "insecure = true"},
    Key{.name = "rate_limit.per_key",
        .type = KeyType::kInteger,
        .fallback = "0",
        .about =
            "Requests a second of each write key, or of each product where no key is shown; 0 is "
            "no limit. Those beyond are answered 429.",
        .example = "[rate_limit]\nper_key = 2000",
        .max = kMaxRequestsPerSecond},
    Key{.name = "rate_limit.per_network",
        .type = KeyType::kInteger,
        .fallback = "0",
        .about =
            "Requests a second from each network (IPv4 /24, IPv6 /48); 0 is no limit. Behind a "
            "proxy it needs trusted_proxies.",
        .example = "[rate_limit]\nper_network = 200",
        .max = kMaxRequestsPerSecond},
    Key{.name = "insights_every",
        .type = KeyType::kInteger,
        .fallback = "60",
        .about =
            "Seconds between two looks at how well plugins do: pages, badges and the bundle for "
            "clients are made of the newest one.",
        .example = "insights_every = 300",
        .min = 1,
        .max = kMaxInsightsEverySeconds},
    Key{.name = "contracts",
        .type = KeyType::kFolder,
        .about = "The folder of the contracts; empty means those installed with the program.",
        .example = "contracts = \"contracts\""},
    Key{.name = "ops.enabled",
        .type = KeyType::kBoolean,
        .fallback = "false",
        .about = "Whether the collector configures and runs Prometheus and Alertmanager, with the "
                 "rules that come with it.",
        .example = "[ops]\nenabled = true"},
    Key{.name = "ops.prometheus",
        .fallback = "prometheus",
        .about = "The program, looked up in PATH, which is then started and supervised; or the URL "
                 "of one that runs already, which takes the files from DATA/ops/current.",
        .example = "[ops]\nprometheus = \"https://prometheus.example.com\""},
    Key{.name = "ops.alertmanager",
        .fallback = "prometheus-alertmanager",
        .about = "The same for Alertmanager.",
        .example = "[ops]\nalertmanager = \"http://alerts.example.com:9093\""},
    Key{.name = "ops.prometheus_listen",
        .fallback = "127.0.0.1:9090",
        .about =
            "Where the supervised Prometheus listens, on loopback; port 0 takes one that is free.",
        .example = "[ops]\nprometheus_listen = \"127.0.0.1:19090\""},
    Key{.name = "ops.alertmanager_listen",
        .fallback = "127.0.0.1:9093",
        .about = "The same for Alertmanager.",
        .example = "[ops]\nalertmanager_listen = \"127.0.0.1:19093\""},
    Key{.name = "ops.retention_days",
        .type = KeyType::kInteger,
        .fallback = "15",
        .about = "Days that the supervised Prometheus keeps metrics.",
        .example = "[ops]\nretention_days = 90",
        .min = 1,
        .max = kMaxRetentionDays},
    Key{.name = "ops.external_url",
        .about = "Where people reach both through your proxy, as URL/prometheus and "
                 "URL/alertmanager; without it mails have no links.",
        .example = "[ops]\nexternal_url = \"https://ops.example.com\""},
    Key{.name = "ops.scrape_interval",
        .type = KeyType::kInteger,
        .fallback = "30",
        .about = "Seconds between two scrapes of an installation.",
        .example = "[ops]\nscrape_interval = 60",
        .min = 1,
        .max = kMaxOpsIntervalSeconds},
    Key{.name = "ops.evaluation_interval",
        .type = KeyType::kInteger,
        .fallback = "30",
        .about = "Seconds between two evaluations of the rules.",
        .example = "[ops]\nevaluation_interval = 60",
        .min = 1,
        .max = kMaxOpsIntervalSeconds},
    Key{.name = "ops.group_wait",
        .type = KeyType::kInteger,
        .fallback = "30",
        .about = "Seconds that the first mail of a group of alerts waits for more of them.",
        .example = "[ops]\ngroup_wait = 10",
        .min = 1,
        .max = kMaxOpsIntervalSeconds},
    Key{.name = "ops.group_interval",
        .type = KeyType::kInteger,
        .fallback = "300",
        .about = "Seconds between two mails of a group that changed.",
        .example = "[ops]\ngroup_interval = 60",
        .min = 1,
        .max = kMaxOpsIntervalSeconds},
    Key{.name = "ops.repeat_interval",
        .type = KeyType::kInteger,
        .fallback = "14400",
        .about = "Seconds until alerts that still fire are mailed again.",
        .example = "[ops]\nrepeat_interval = 86400",
        .min = 60,
        .max = kMaxOpsRepeatSeconds},
    Key{.name = "ops.digest_interval",
        .type = KeyType::kInteger,
        .fallback = "86400",
        .about = "Seconds between two digests of alerts of severity info.",
        .example = "[ops]\ndigest_interval = 43200",
        .min = 60,
        .max = kMaxOpsRepeatSeconds},
    Key{.name = "ops.rules_folder",
        .type = KeyType::kFolder,
        .about = "A folder with rules of your own (*.yml), evaluated beside those that come with "
                 "Candor.",
        .example = "[ops]\nrules_folder = \"rules\""},
    Key{.name = "ops.scrape.name",
        .about = "An installation whose metrics are asked for; it is the label installation of all "
                 "of them.",
        .example = "[[ops.scrape]]\nurl = \"https://eu1.example.com:9443/metrics\"\nname = \"eu1\"",
        .list = "ops.scrape",
        .required = true},
    Key{.name = "ops.scrape.url",
        .about = "Where its metrics are: the agent's endpoint.",
        .example = "[[ops.scrape]]\nname = \"eu1\"\nurl = \"https://eu1.example.com:9443/metrics\"",
        .list = "ops.scrape",
        .required = true},
    Key{.name = "ops.scrape.username",
        .about = "The user of the endpoint (HTTP Basic).",
        .example = "[[ops.scrape]]\nname = \"eu1\"\nurl = "
                   "\"https://eu1.example.com:9443/metrics\"\npassword_file = "
                   "\"eu1.password\"\nusername = \"operations\"",
        .list = "ops.scrape"},
    Key{.name = "ops.scrape.password_file",
        .type = KeyType::kFile,
        .about = "A file with that user's password; Prometheus reads it, so another password needs "
                 "no restart.",
        .example = "[[ops.scrape]]\nname = \"eu1\"\nurl = "
                   "\"https://eu1.example.com:9443/metrics\"\nusername = "
                   "\"operations\"\npassword_file = \"eu1.password\"",
        .list = "ops.scrape"},
    Key{.name = "ops.scrape.ca_file",
        .type = KeyType::kFile,
        .about = "Certificates (PEM) to believe the endpoint by; empty means the system's.",
        .example = "[[ops.scrape]]\nname = \"eu1\"\nurl = "
                   "\"https://eu1.example.com:9443/metrics\"\nca_file = \"eu1-ca.pem\"",
        .list = "ops.scrape"},
    Key{.name = "ops.remote_write_url",
        .about = "Where metrics that installations push are passed on to, by remote write; empty "
                 "means the Prometheus of ops.prometheus.",
        .example = "[ops]\nremote_write_url = \"https://mimir.example.com/api/v1/push\""},
    Key{.name = "ops.pushed.installation",
        .about = "The id of an installation that pushes its metrics, as `candor status` tells it "
                 "there.",
        .example = "[[ops.pushed]]\nname = \"eu2\"\ninstallation = "
                   "\"5f0c2b1e-8a54-4d0e-9f7d-0a6b3c1d2e4f\"",
        .list = "ops.pushed",
        .required = true},
    Key{.name = "ops.pushed.name",
        .about = "Its label installation; others have the beginning of a hash.",
        .example = "[[ops.pushed]]\ninstallation = "
                   "\"5f0c2b1e-8a54-4d0e-9f7d-0a6b3c1d2e4f\"\nname = \"eu2\"",
        .list = "ops.pushed",
        .required = true},
    Key{.name = "monitor.alertAddresses",
        .type = KeyType::kTexts,
        .about = "The vendor's own inboxes for alerts. Each gets mails of its own and sees none of "
                 "the others.",
        .example =
            "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
            "\"candor@example.com\"\n[monitor]\nalertAddresses = [\"operations@example.com\"]"},
    Key{.name = "monitor.additionalAlertAddresses",
        .type = KeyType::kTexts,
        .about = "More inboxes for alerts, such as a customer's.",
        .example = "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
                   "\"candor@example.com\"\n[monitor]\nadditionalAlertAddresses = "
                   "[\"alerts@example.com\"]"},
    Key{.name = "monitor.smtp.host",
        .about = "The mail server, HOST:PORT; port 465 is TLS from the start.",
        .example =
            "[monitor.smtp]\nfrom = \"candor@example.com\"\nhost = \"mail.example.com:587\""},
    Key{.name = "monitor.smtp.from",
        .about = "The address that mails come from.",
        .example =
            "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = \"candor@example.com\""},
    Key{.name = "monitor.smtp.username",
        .about = "The user at the mail server.",
        .example =
            "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
            "\"candor@example.com\"\npassword_file = \"smtp.password\"\nusername = \"candor\""},
    Key{.name = "monitor.smtp.password_file",
        .type = KeyType::kFile,
        .about = "A file with that user's password.",
        .example =
            "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
            "\"candor@example.com\"\nusername = \"candor\"\npassword_file = \"smtp.password\""},
    Key{.name = "monitor.smtp.ca_file",
        .type = KeyType::kFile,
        .about = "Certificates (PEM) to believe the mail server by; empty means the system's.",
        .example = "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
                   "\"candor@example.com\"\nca_file = \"mail-ca.pem\""},
    Key{.name = "monitor.smtp.require_tls",
        .type = KeyType::kBoolean,
        .fallback = "true",
        .about = "Whether mails are sent by a server with STARTTLS only.",
        .example = "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
                   "\"candor@example.com\"\nrequire_tls = false"},
    Key{.name = "monitor.smtp.hello",
        .about = "What this machine calls itself there (EHLO); empty means localhost.",
        .example = "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = "
                   "\"candor@example.com\"\nhello = \"collector.example.com\""},
    Key{.name = "product.name",
        .about = "A product that this collector takes.",
        .example = "[[product]]\nname = \"stone\"",
        .list = "product",
        .required = true},
    Key{.name = "product.contract",
        .type = KeyType::kFile,
        .about = "The product's contract; empty means the one of that name among the contracts.",
        .example = "[[product]]\nname = \"stone\"\ncontract = \"stone.toml\"",
        .list = "product"},
    Key{.name = "product.write_keys",
        .type = KeyType::kTexts,
        .about =
            "Keys that name the product to clients that cannot say it otherwise: write keys of "
            "Segment, domains of Plausible. Another key is refused where a product has one.",
        .example =
            "[[product]]\nname = \"dcos\"\nwrite_keys = [\"51ybGTeFEFU1xo6u10XMDrr6kATFyRyh\"]",
        .list = "product"},
    Key{.name = "product.require_key",
        .type = KeyType::kBoolean,
        .fallback = "false",
        .about = "Refuses what comes for the product without one of its keys.",
        .example = "[[product]]\nname = \"stone\"\nrequire_key = true",
        .list = "product"},
};

}  // namespace

std::span<const Key> server_keys() { return kKeys; }

}  // namespace candor
