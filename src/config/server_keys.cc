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
