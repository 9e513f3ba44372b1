//! Settings that are wrong, and what is said of them.

use std::net::TcpListener;
use std::path::Path;

use super::{Running, folder, output, program};

/// Refused: exit code not 0, every part of the message there, no password, no database made.
fn refused(variables: &[(&str, &str)], file: Option<&str>, says: &[&str]) {
    let folder = folder("refused");
    if let Some(file) = file {
        std::fs::write(folder.join("chairside.toml"), file).unwrap();
    }
    // Not at the usual address, where somebody may be trying the product out.
    let is_of_server =
        variables.iter().any(|(name, _)| name.contains("SERVER")) || file.is_some_and(|f| f.contains("server"));
    let elsewhere = [("CHAIRSIDE_SERVER__LISTEN", "127.0.0.1:0")];
    let elsewhere = elsewhere.into_iter().filter(|_| !is_of_server);
    let (output, text) = output(program(&folder, variables).envs(elsewhere).arg("serve"));
    assert_eq!(output.status.code(), Some(1), "{variables:?} {file:?}: {text}");
    for part in says {
        assert!(
            text.contains(part),
            "{variables:?} {file:?}: {part:?} is missing in: {text}"
        );
    }
    assert!(!text.contains("s3cret"), "{text}");
    assert!(
        !folder.join("chairside.db").exists(),
        "{variables:?}: a database was made"
    );
}

#[test]
fn unknown_keys_are_named() {
    let hint = "chairside config";
    refused(
        &[("CHAIRSIDE_SERVER__NONSENSE", "1")],
        None,
        &["server.nonsense", "CHAIRSIDE_SERVER__NONSENSE", hint],
    );
    refused(&[("CHAIRSIDE_NONSENSE", "1")], None, &["nonsense", "no such key", hint]);
    let section = ["server: is no value but a section", "server.", hint];
    refused(&[("CHAIRSIDE_SERVER", "1")], None, &section);
    refused(&[], Some("server = 5\n"), &section);
    refused(
        &[],
        Some("[server]\nlistne = \"127.0.0.1:1\"\n"),
        &["server.listne", "no such key", hint],
    );
    refused(
        &[],
        Some("[sever]\nlisten = \"127.0.0.1:1\"\n"),
        &["sever.listen", "no such key", hint],
    );
}

#[test]
fn wrong_values_are_named() {
    for (variable, value, key) in [
        ("CHAIRSIDE_SERVER__WORKERS", "many", "server.workers"),
        ("CHAIRSIDE_SERVER__LISTEN", "here", "server.listen"),
        ("CHAIRSIDE_SERVER__PUBLIC_URL", "clinic.example", "server.public_url"),
        (
            "CHAIRSIDE_SERVER__TRUSTED_PROXIES",
            "10.0.0.1,proxy",
            "server.trusted_proxies",
        ),
        ("CHAIRSIDE_CLINIC__ZONE", "Asia/Peking", "clinic.zone"),
        ("CHAIRSIDE_CLINIC__COUNTRY", "China", "clinic.country"),
        ("CHAIRSIDE_JOBS__CLEAN_UP", "at noon", "jobs.clean_up"),
        ("CHAIRSIDE_MAIL__TRANSPORT", "smpt", "mail.transport"),
        ("CHAIRSIDE_MAIL__PORT", "70000", "mail.port"),
        ("CHAIRSIDE_DISPATCH__RETRY_SECONDS", "30,x", "dispatch.retry_seconds"),
        ("CHAIRSIDE_DISPATCH__LEASE_SECONDS", "5", "dispatch.lease_seconds"),
    ] {
        refused(&[(variable, value)], None, &[key, "configuration"]);
    }
    refused(
        &[],
        Some("[server]\nworkers = \"many\"\n"),
        &["server.workers", "chairside.toml"],
    );
    refused(
        &[],
        Some("[mail]\npassword = s3cret\n"),
        &["TOML", "line 2", "chairside.toml"],
    );
    let missing = output(program(&folder("missing"), &[]).args(["serve", "--config", "none.toml"])).1;
    assert!(missing.contains("none.toml"), "{missing}");
}

#[test]
fn values_that_make_no_sense_are_told_with_what_is_possible() {
    for (variable, value, says) in [
        ("SECURITY__SIGN_IN_FAILURES", "0", "from 1 to 1000"),
        ("SECURITY__SIGN_IN_WINDOW_MINUTES", "0", "from 1 to 1440"),
        ("SECURITY__SESSION_HOURS", "0", "from 1 to 720"),
        ("SECURITY__SESSION_HOURS", "9223372036854775807", "from 1 to 720"),
        ("SECURITY__SESSION_IDLE_MINUTES", "0", "from 1 to 10080"),
        ("SERVER__PUBLIC_URL", "http://", "name a host"),
        ("SERVER__PUBLIC_URL", "https://clinic.example/?x=1", "name a host"),
        ("SERVER__WORKERS", "100000", "from 0 to 1024"),
        ("SMS__USE", "main", "[sms.gateways.main]"),
        ("SMS__USE", "capture,capture", "twice"),
        ("SMS__GATEWAYS__CAPTURE__RATE_PER_SECOND", "0", "from 0.1 to 10000"),
        ("SMS__GATEWAYS__CAPTURE__CONCURRENCY", "0", "from 1 to 1000"),
        ("SMS__MAX_SEGMENTS", "0", "from 1 to 255"),
        ("DISPATCH__BATCH", "0", "from 1 to 10000"),
        ("DISPATCH__CONCURRENCY", "0", "from 1 to 1000"),
        (
            "DISPATCH__SEND_TIMEOUT_SECONDS",
            "18446744073709551615",
            "dispatch.send_timeout_seconds",
        ),
        ("DISPATCH__RETRY_SECONDS", "30,0", "from 1 to 604800"),
        ("DISPATCH__UNCERTAIN_MINUTES", "-1", "from 1 to 10080"),
        ("DATABASE__READERS", "0", "from 1 to 1000"),
        ("DATABASE__WRITERS", "0", "from 1 to 1000"),
        ("MAIL__PORT", "0", "from 1 to 65535"),
        ("SERVER__METRICS_FROM", "everybody", "server.metrics_from"),
        ("MAIL__DKIM_DOMAIN", "clinic.example", "needs all three"),
        ("MAIL__DKIM_KEY_FILE", "dkim.pem", "needs all three"),
        ("MAIL__BOUNCE_TO", "Clinic <a@clinic.example>", "an address alone"),
        ("MAIL__BOUNCE_TO", "bounce+mail@clinic.example", "no plus"),
        ("MAIL__INBOUND_TOKEN", "short", "at least 20 characters"),
        ("CLINIC__CURRENCY", "JPY", "no two decimals"),
        ("CLINIC__CURRENCY", "cny", "no ISO 4217"),
        ("CLINIC__CURRENCY", "¥", "no ISO 4217"),
        ("CLINIC__COUNTRY", "ZZ", "no country code"),
        ("CLINIC__COUNTRY", "China", "two-letter"),
        ("MAIL__IMAP_HOST", "imap.clinic.example", "mail.imap_user"),
    ] {
        let key = variable.to_lowercase().replace("__", ".");
        refused(
            &[(&format!("CHAIRSIDE_{variable}"), value)],
            None,
            &["configuration", &key, says],
        );
    }
}

#[test]
fn a_wrong_key_file_says_what_to_do() {
    let key = |path: &str| [("CHAIRSIDE_SECRETS__KEY_FILE", path.to_owned())];
    let [(name, path)] = key("no/such/folder/chairside.key");
    refused(
        &[(name, &path)],
        None,
        &["secrets.key_file", "no/such/folder", "secrets.key"],
    );
    let broken = folder("key").join("broken.key");
    std::fs::write(&broken, "not a key").unwrap();
    let [(name, path)] = key(&broken.display().to_string());
    refused(
        &[(name, &path)],
        None,
        &["secrets.key_file", "broken.key", "64 hexadecimal digits", "backup"],
    );
}

#[test]
fn a_mail_signature_needs_a_key_that_receivers_take() {
    let here = folder("dkim");
    let file = |name: &str| here.join(name).display().to_string();
    let made = |args: &[&str]| {
        let made = std::process::Command::new("openssl").args(args).output().unwrap();
        assert!(made.status.success());
    };
    made(&["genrsa", "-out", &file("short.pem"), "512"]);
    made(&["genrsa", "-out", &file("sound.pem"), "1024"]);
    std::fs::write(file("text.pem"), "not a key").unwrap();
    let with = |key: &str, domain: &str| {
        [
            ("MAIL__TRANSPORT", "smtp".to_owned()),
            ("MAIL__HOST", "localhost".into()),
            ("MAIL__FROM", "Clinic <desk@clinic.example>".into()),
            ("MAIL__DKIM_DOMAIN", domain.into()),
            ("MAIL__DKIM_SELECTOR", "chairside".into()),
            ("MAIL__DKIM_KEY_FILE", file(key)),
        ]
        .map(|(name, value)| (format!("CHAIRSIDE_{name}"), value))
    };
    for (key, domain, says) in [
        ("none.pem", "clinic.example", ["mail.dkim_key_file", "none.pem"]),
        ("text.pem", "clinic.example", ["mail.dkim_key_file", "private RSA key"]),
        ("short.pem", "clinic.example", ["mail.dkim_key_file", "512 bits"]),
        ("sound.pem", "other.example", ["mail.dkim_domain", "clinic.example"]),
        ("sound.pem", "clinic example", ["mail.dkim_domain", "letters, digits"]),
    ] {
        let variables = with(key, domain);
        let variables: Vec<_> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        refused(&variables, None, &says);
    }
    let unset = output(program(&here, &[]).arg("dkim"));
    assert!(
        !unset.0.status.success() && unset.1.contains("mail.dkim_key_file"),
        "{}",
        unset.1
    );
}

#[test]
fn a_token_is_made_only_for_a_database_that_is_there() {
    let here = folder("token");
    let token =
        |folder: &Path, more: &[&str]| output(program(folder, &[]).args(["token", "--role", "manager"]).args(more));
    let (refused, text) = token(&here, &[]);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(text.contains("no database") && text.contains("--data"), "{text}");
    assert_eq!(std::fs::read_dir(&here).unwrap().count(), 0, "nothing was made");
    let database = here.join("chairside.db");
    Running::start(&here, &format!("sqlite:{}", database.display())).stop("-TERM");
    let (made, text) = token(&here, &["--data", "."]);
    assert!(made.status.success() && made.stdout.len() > 40, "{text}");
    // From elsewhere, with the database alone: its key is beside it.
    let elsewhere = folder("token-elsewhere");
    let url = format!("sqlite:{}", database.display());
    let (made, text) = output(program(&elsewhere, &[("DATABASE_URL", &url)]).args(["token", "--role", "manager"]));
    assert!(made.status.success() && made.stdout.len() > 40, "{text}");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0, "nothing was made");
    std::fs::remove_file(here.join("chairside.key")).unwrap();
    let (refused, text) = token(&here, &[]);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(
        text.contains("secrets.key_file") && !here.join("chairside.key").exists(),
        "{text}"
    );
}

#[test]
fn a_wrong_database_is_told_without_its_password() {
    let refused = |url: &str, says: &[&str]| refused(&[("DATABASE_URL", url)], None, says);
    refused(
        "postgers://chair:s3cret@db/clinic",
        &["DATABASE_URL", "postgers", "sqlite:PATH"],
    );
    refused("clinic.db", &["DATABASE_URL", "sqlite:PATH", "postgres://"]);
    refused(
        "sqlite:no/such/folder/clinic.db",
        &["no/such/folder/clinic.db", "folder exists"],
    );
    refused(
        "postgres://chair:s3cret@127.0.0.1:1/clinic",
        &["127.0.0.1:1/clinic", "refused", "that the server runs"],
    );
    refused(
        "postgres://chair:s3cret@no-such-host.invalid/clinic",
        &["no-such-host.invalid", "DATABASE_URL"],
    );
    refused("postgres://chair:x%s3cret@127.0.0.1:1/clinic", &["%25", "DATABASE_URL"]);
    refused("postgres://chair:x@s3cret@127.0.0.1:1/clinic", &["%40", "DATABASE_URL"]);
    refused("postgres://chair:s3cret/@127.0.0.1:1/clinic", &["DATABASE_URL"]);
}

#[test]
fn a_taken_address_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(
        &[("CHAIRSIDE_SERVER__LISTEN", &address)],
        None,
        &[&address, "server.listen"],
    );
}

#[test]
fn config_prints_every_key() {
    let (output, _) = output(program(&folder("config"), &[]).arg("config"));
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, chairside::platform::config::DEFAULTS);
    let section = |name: &str| text.contains(&format!("[{name}]"));
    assert!(
        [
            "server", "database", "secrets", "clinic", "security", "jobs", "dispatch", "mail", "sms", "log"
        ]
        .iter()
        .all(|s| section(s))
    );
}
