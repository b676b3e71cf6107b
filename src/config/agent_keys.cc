#include <array>

#include "config/key.h"

namespace candor {
namespace {

constexpr std::array kKeys = {
    Key{.name = "product",
        .about = "The product that runs here: the name of its contract.",
        .example = "product = \"stone\"",
        .variable = "CANDOR_PRODUCT"},
    Key{.name = "endpoint",
        .about = "The collector's address; empty means the one in the contract.",
        .example = "endpoint = \"https://telemetry.example.com\"",
        .variable = "CANDOR_ENDPOINT",
        .may_hold_password = true},
    Key{.name = "interval",
        .type = KeyType::kInteger,
        .fallback = "24",
        .about = "Hours between two reports of the agent.",
        .example = "interval = 72",
        .min = 1,
        .max = 8760},
    Key{.name = "channel_NAME",
        .type = KeyType::kBoolean,
        .about =
            "Switches one channel of the contract on or off; unset means the contract's default.",
        .example = "channel_ident = true"},
    Key{.name = "description",
        .about = "A description of this installation, sent only while the channel ident is on.",
        .example = "description = \"My first cluster\""},
    Key{.name = "contact",
        .about = "Whom the vendor may write to, sent only while the channel ident is on.",
        .example = "contact = \"Jo Doe <jo@example.com>\""},
    Key{.name = "organization",
        .about = "Who runs this installation, sent only while the channel ident is on.",
        .example = "organization = \"Example Ltd\""},
    Key{.name = "proxy",
        .about = "Proxy for reaching the collector; empty means HTTPS_PROXY decides. NO_PROXY "
                 "names hosts that are reached without.",
        .example = "proxy = \"https://10.0.0.1:8080\"",
        .variable = "CANDOR_PROXY",
        .may_hold_password = true},
    Key{.name = "proxy_password_file",
        .type = KeyType::kFile,
        .about = "A file whose first line is the proxy's password, so that it is not in this file.",
        .example = "proxy_password_file = \"proxy-password\""},
    Key{.name = "ca_file",
        .type = KeyType::kFile,
        .about = "Certificates (PEM) to believe the collector and the proxy by; empty means the "
                 "system's.",
        .example = "ca_file = \"collector-ca.pem\"",
        .variable = "CANDOR_CA_FILE"},
    Key{.name = "write_key_file",
        .type = KeyType::kFile,
        .about =
            "A file whose first line is the key that the collector asks for, if it asks for one.",
        .example = "write_key_file = \"write-key\""},
    Key{.name = "receipt_key_file",
        .type = KeyType::kFile,
        .about =
            "A file whose first line is the collector's receipt key, as the vendor gave it to you; "
            "empty means the key shown at first contact is pinned.",
        .example = "receipt_key_file = \"collector-key\""},
    Key{.name = "insecure",
        .type = KeyType::kBoolean,
        .fallback = "false",
        .about = "Allows plain http to a collector that is not on this machine.",
        .example = "insecure = true"},
    Key{.name = "state",
        .type = KeyType::kFolder,
        .about =
            "The folder of identity, consent, outbox and audit trail; empty means the usual place.",
        .example = "state = \"/srv/candor\"",
        .variable = "CANDOR_STATE"},
    Key{.name = "contracts",
        .type = KeyType::kFolder,
        .about = "The folder of the contracts; empty means those installed with the program.",
        .example = "contracts = \"/opt/stone/contracts\"",
        .variable = "CANDOR_CONTRACTS"},
    Key{.name = "collect.ceph.command",
        .fallback = "ceph",
        .about = "The cluster's command line: ceph or stone, or a path to it.",
        .example = "[collect.ceph]\ncommand = \"stone\""},
    Key{.name = "collect.ceph.rbd_command",
        .fallback = "rbd",
        .about = "The cluster's command line for block devices.",
        .example = "[collect.ceph]\nrbd_command = \"rbd\""},
    Key{.name = "collect.ceph.conf",
        .type = KeyType::kFile,
        .about = "The cluster's configuration file; empty means the command's own default.",
        .example = "[collect.ceph]\nconf = \"/etc/ceph/ceph.conf\""},
    Key{.name = "collect.ceph.timeout",
        .type = KeyType::kInteger,
        .fallback = "60",
        .about = "Seconds that collecting one report may take in all.",
        .example = "[collect.ceph]\ntimeout = 60",
        .min = 1,
        .max = 600},
    Key{.name = "collect.crashes.folder",
        .type = KeyType::kFolder,
        .about =
            "The folder in which programs leave their crash records; empty means crashes in the "
            "state folder, where the agent leaves its own.",
        .example = "[collect.crashes]\nfolder = \"/var/lib/stone/crashes\""},
};

}  // namespace

std::span<const Key> agent_keys() { return kKeys; }

}  // namespace candor
