//! Reading the settings: the compiled-in ones, then a file, then the environment.

use std::ffi::OsString;
use std::path::Path;

use super::{Config, DEFAULTS, checked};

/// Read when no `--config` is given and it exists.
pub const DEFAULT_FILE: &str = "chairside.toml";
const ENV_PREFIX: &str = "CHAIRSIDE_";
/// Keys whose value in the environment is a list, separated by commas.
const LISTS: [&str; 10] = [
    "server.trusted_proxies",
    "server.metrics_from",
    "sms.allow_from",
    "sms.use",
    "dispatch.retry_seconds",
    "texts.advertising_words",
    "texts.forbidden_words",
    "texts.health_words",
    "texts.allowed_words",
    "texts.shorteners",
];

/// One layer by itself.
fn layer(
    source: config::File<impl config::FileSource<config::FileFormat> + Send + Sync + 'static, config::FileFormat>,
) -> Result<config::Value, String> {
    let layer = config::Config::builder().add_source(source).build();
    Ok(layer.map_err(|e| explain(&e))?.cache)
}

/// Gateways have names of the operator's own; what each may be told is checked where it is read.
const NAMED: &str = "sms.gateways.";

/// Whether a key may be set.
fn is_known(key: &str, known: &[String]) -> bool {
    known.iter().any(|k| k == key) || key.strip_prefix(NAMED).is_some_and(|rest| rest.contains('.'))
}

/// The dotted names of all values.
fn leaves(value: &config::Value) -> Vec<String> {
    let config::ValueKind::Table(table) = &value.kind else {
        return vec![String::new()];
    };
    let under = |(key, inner): (&String, &config::Value)| {
        leaves(inner)
            .into_iter()
            .map(|rest| {
                if rest.is_empty() {
                    key.clone()
                } else {
                    format!("{key}.{rest}")
                }
            })
            .collect::<Vec<_>>()
    };
    table.iter().flat_map(under).collect()
}

/// Variables that set keys: name, key, value. Values stay text (a password of digits keeps its zeros); the fields read them.
fn environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<(String, String, String)>, String> {
    let mut found = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.into_string().ok().filter(|n| n.starts_with(ENV_PREFIX)) else {
            continue;
        };
        let key = name.trim_start_matches(ENV_PREFIX).to_lowercase().replace("__", ".");
        let value = value
            .into_string()
            .map_err(|_| format!("configuration: {name} is not valid UTF-8"))?;
        found.push((name, key, value));
    }
    found.sort();
    Ok(found)
}

fn unknown_key(key: &str, known: &[String], place: &str) -> String {
    let section = format!("{key}.");
    if let Some(inner) = known.iter().find(|k| k.starts_with(&section)) {
        return format!(
            "configuration: {key}: is no value but a section with keys of its own, such as {inner} (set in {place}; all keys: \
             chairside config)"
        );
    }
    format!("configuration: {key}: there is no such key (set in {place}; all keys: chairside config)")
}

/// Without the lines of the file, which may hold a password.
fn explain(e: &config::ConfigError) -> String {
    let text = e.to_string();
    let told: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.contains('|'))
        .collect();
    format!("configuration: {} (all keys: chairside config)", told.join(" "))
}

impl Config {
    /// Reads the three layers. `file`: the one given by the user, which must exist; else [`DEFAULT_FILE`] if there is one.
    ///
    /// # Errors
    /// A text for the operator that names the key.
    pub fn load(file: Option<&Path>) -> Result<Config, String> {
        Config::load_from(file, std::env::vars_os())
    }

    fn load_from(file: Option<&Path>, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Config, String> {
        let known = leaves(&layer(config::File::from_str(DEFAULTS, config::FileFormat::Toml))?);
        let file = match file {
            Some(path) => config::File::from(path).required(true),
            None => config::File::new(DEFAULT_FILE, config::FileFormat::Toml).required(false),
        };
        let file = file.format(config::FileFormat::Toml);
        if let Some(key) = leaves(&layer(file.clone())?).iter().find(|key| !is_known(key, &known)) {
            return Err(unknown_key(key, &known, "the settings file"));
        }
        let mut layers = config::Config::builder()
            .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
            .add_source(file);
        for (name, key, value) in environment(variables)? {
            if !is_known(&key, &known) {
                return Err(unknown_key(&key, &known, &name));
            }
            layers = if LISTS.contains(&key.as_str()) {
                let items: Vec<String> = value
                    .split(',')
                    .map(str::trim)
                    .filter(|v| !v.is_empty())
                    .map(str::to_owned)
                    .collect();
                layers.set_override(&key, items)
            } else {
                layers.set_override(&key, value)
            }
            .map_err(|e| explain(&e))?;
        }
        let config: Config = layers
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|e| explain(&e))?;
        checked::check(&config)?;
        Ok(config)
    }

    /// The compiled-in settings alone: what tests start from.
    pub fn defaults() -> Result<Config, String> {
        config::Config::builder()
            .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|e| format!("configuration: {e}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::gateways::Kind;
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        Config::load_from(
            None,
            variables.iter().map(|(n, v)| (OsString::from(*n), OsString::from(*v))),
        )
    }

    #[test]
    fn the_environment_is_text_that_fields_read() {
        let config = load(&[
            ("CHAIRSIDE_MAIL__PASSWORD", "00123"),
            ("CHAIRSIDE_SMS__USE", "main, spare"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__KIND", "kannel"),
            (
                "CHAIRSIDE_SMS__GATEWAYS__MAIN__URL",
                "http://127.0.0.1:13013/cgi-bin/sendsms",
            ),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__USER", "true"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__RATE_PER_SECOND", "2.5"),
            ("CHAIRSIDE_SMS__GATEWAYS__SPARE__KIND", "capture"),
            ("CHAIRSIDE_SMS__GATEWAYS__SPARE__CONCURRENCY", "3"),
            ("CHAIRSIDE_SERVER__WORKERS", "2"),
            ("CHAIRSIDE_DISPATCH__RETRY_SECONDS", "45"),
            ("CHAIRSIDE_SMS__ALLOW_FROM", "10.0.0.1, 10.0.0.2"),
            ("CHAIRSIDE_SERVER__TRUSTED_PROXIES", ""),
            ("PATH", "/bin"),
        ])
        .expect("loads");
        let used: Vec<_> = config.sms.used().collect();
        let [("main", main), ("spare", spare)] = used.as_slice() else {
            panic!("{used:?}");
        };
        let Kind::Kannel(kannel) = &main.kind else {
            panic!("{main:?}");
        };
        assert_eq!(
            (config.mail.password.0.as_str(), kannel.user.as_str()),
            ("00123", "true")
        );
        assert_eq!((main.rate_per_second, spare.concurrency), (2.5, 3));
        assert_eq!((config.server.workers, config.dispatch.retry_seconds), (2, vec![45]));
        assert_eq!(
            (config.sms.allow_from.len(), config.server.trusted_proxies.len()),
            (2, 0)
        );
    }
    /// The examples in `config/default.toml` are what they say: without their comment signs they are read.
    #[test]
    fn every_kind_of_gateway_is_documented_as_it_is_read() {
        let example = |line: &str| {
            let line = line.strip_prefix("# ")?;
            let section = line.starts_with("[sms.gateways.") || line.starts_with("[[sms.gateways.");
            let value = line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
            (section || value).then(|| line.to_owned())
        };
        let (_, section) = DEFAULTS.split_once("# Kannel's sendsms.").expect("the examples");
        let examples: Vec<String> = section.lines().filter_map(example).collect();
        let file = examples.join("\n");
        let config: Config = config::Config::builder()
            .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
            .add_source(config::File::from_str(&file, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .unwrap_or_else(|e| panic!("{e}: {file}"));
        let kinds: Vec<&str> = config
            .sms
            .gateways
            .values()
            .map(|g| match &g.kind {
                Kind::Capture => "capture",
                Kind::Kannel(_) => "kannel",
                Kind::Twilio(_) => "twilio",
                Kind::Aliyun(_) => "aliyun",
                Kind::Tencent(_) => "tencent",
                Kind::Http(http) => {
                    assert_eq!(http.headers.get("X-Client").map(String::as_str), Some("chairside"));
                    assert_eq!((http.rules.len(), http.report.map.len()), (1, 2));
                    assert!(crate::platform::sms::check_description(http).is_ok());
                    "http"
                }
            })
            .collect();
        assert_eq!(kinds, ["twilio", "aliyun", "capture", "kannel", "http", "tencent"]);
    }

    #[test]
    fn gateways_are_told_by_name_and_key() {
        for (key, value, says) in [
            ("MAIN__KIND", "smpp", "sms.gateways.main.kind"),
            ("MAIN__KIND", "twilio", "sms.gateways.main.account"),
            ("MAIN__KIND", "aliyun", "sms.gateways.main.key_id"),
            ("MAIN__KIND", "tencent", "sms.gateways.main.key_id"),
            ("MAIN__KIND", "kannel", "sms.gateways.main.url"),
            ("MAIN__KIND", "http", "sms.gateways.main.url"),
            ("CAPTURE__NONSENSE", "1", "sms.gateways.capture"),
            (
                "CAPTURE__RATE_PER_SECOND",
                "fast",
                "sms.gateways.capture.rate_per_second",
            ),
            ("MAIN_X__KIND", "capture", "sms.gateways.main_x"),
        ] {
            let e = load(&[(&format!("CHAIRSIDE_SMS__GATEWAYS__{key}"), value)]).expect_err(says);
            assert!(e.contains(says) && e.starts_with("configuration: "), "{key}: {e}");
        }
        let short = [
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__KIND", "aliyun"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__KEY_ID", "a"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__KEY_SECRET", "hunter2"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__SIGNATURE", "s"),
            ("CHAIRSIDE_SMS__GATEWAYS__MAIN__CALLBACK_SECRET", "hunter2"),
        ];
        let e = load(&short).expect_err("too short");
        assert!(
            e.contains("sms.gateways.main.callback_secret") && !e.contains("hunter2"),
            "{e}"
        );
    }

    #[test]
    fn unknown_variables_are_an_error() {
        let e = load(&[("CHAIRSIDE_SERVER__PROT", "1")]).expect_err("refused");
        assert!(e.contains("server.prot") && e.contains("CHAIRSIDE_SERVER__PROT"), "{e}");
    }
}
