//! Who may import whom. A new folder without a row here fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Module, level, and what it may import besides lower levels.
const LEVELS: &[(&str, u8, &[&str])] = &[
    ("platform", 0, &[]),
    ("staff", 1, &[]),
    ("clinic", 2, &[]),
    ("patients", 2, &[]),
    ("messaging", 3, &[]),
    ("records", 4, &[]),
    ("appointments", 4, &["records"]),
    ("documents", 4, &[]),
    ("callbacks", 5, &[]),
    ("outreach", 6, &[]),
    ("replies", 7, &[]),
    ("app", 8, &["cli"]),
    ("cli", 8, &["app"]),
    ("main", 8, &["app", "cli"]),
    ("lib", 8, &["app", "cli"]),
];

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
            let module = first.trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (module, path, text)
        })
        .collect()
}

#[test]
fn modules_import_only_what_lies_below() {
    let levels: BTreeMap<&str, (u8, &[&str])> = LEVELS.iter().map(|(m, l, also)| (*m, (*l, *also))).collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        let Some((level, also)) = levels.get(module.as_str()) else {
            wrong.push(format!("{}: module {module} has no level", path.display()));
            continue;
        };
        for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
            for (_, rest) in line.match_indices("crate::").map(|(i, m)| (i, &line[i + m.len()..])) {
                let target: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some((other, _)) = levels.get(target.as_str()) else {
                    continue;
                };
                if target != module && *other >= *level && !also.contains(&target.as_str()) {
                    wrong.push(format!(
                        "{}: {module} (level {level}) imports {target} (level {other})",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn features_meet_through_what_mod_rs_exports() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        for (other, _, _) in LEVELS
            .iter()
            .filter(|(m, ..)| *m != module && *m != "platform" && *m != "cli")
        {
            for inner in ["store", "views", "pages", "model", "actions", "api"] {
                if text.contains(&format!("crate::{other}::{inner}::")) {
                    wrong.push(format!("{}: reaches into {other}::{inner}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn sql_text_is_never_formatted() {
    for (_, path, text) in sources() {
        assert!(
            !text.contains("sql_query(format!") && !text.contains("sql_query(&format!"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let names = |engine: &str| {
        let mut names: Vec<String> = std::fs::read_dir(root.join(engine))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}
