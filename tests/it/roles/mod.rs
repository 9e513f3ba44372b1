//! Who may open what: every route with its roles, checked against the running service. The rows are in `routes` and
//! `reach`.

mod open;
mod reach;
mod routes;

use reqwest::Method;

use crate::both;
use crate::support::Browser;
use open::{BY_TOKEN, OPEN};
use routes::{ALL, DELETE, GET, PATCH, POST, PUT, Row};

/// Every row; those that end the session last.
fn rows() -> impl Iterator<Item = &'static Row> {
    reach::ROUTES.iter().chain(routes::ROUTES)
}

async fn status(browser: &Browser, method: &str, path: &str) -> (u16, String) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("{}{path}", browser.base);
    let mut request = browser.client.request(method.clone(), url);
    request = match &browser.bearer {
        Some(token) => request.bearer_auth(token),
        None => request.header("Sec-Fetch-Site", "same-origin"),
    };
    if method != Method::GET {
        request = if path.starts_with("/api/") {
            request.json(&serde_json::json!({ "version": 1 }))
        } else {
            request.form(&[("nothing", "")])
        };
    }
    let answer = request.send().await.unwrap();
    let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location.unwrap_or_default())
}

both!(nothing_opens_without_an_account, |clinic| {
    let visitor = clinic.visitor();
    for (method, path, _) in rows() {
        let (code, location) = status(&visitor, method, path).await;
        if path.starts_with("/api/") {
            assert_eq!(code, 401, "{method} {path}");
        } else {
            assert_eq!(code, 303, "{method} {path}");
            assert!(location.starts_with("/sign-in"), "{method} {path} -> {location}");
        }
    }
    for path in OPEN {
        assert_eq!(status(&visitor, GET, path).await.0, 200, "{path}");
    }
});

both!(each_role_opens_its_own_routes_and_no_more, |clinic| {
    for role in ALL {
        let login = ["admin", "desk", "nurse", "doctor", "manager"][ALL.iter().position(|r| r == role).unwrap()];
        let (page, api) = (clinic.signed_in(login).await, clinic.api(*role).await);
        for (method, path, allowed) in rows() {
            let browser = if path.starts_with("/api/") { &api } else { &page };
            let (code, location) = status(browser, method, path).await;
            if !allowed.contains(role) {
                assert_eq!(code, 403, "{role} {method} {path}");
            } else if *path != "/sign-out" {
                assert!(
                    code != 401 && code != 403 && code != 405 && code < 500 && !location.starts_with("/sign-in"),
                    "{role} {method} {path}: {code} {location}"
                );
            }
        }
    }
});

both!(a_path_nobody_declared_is_not_there, |clinic| {
    let admin = clinic.signed_in("admin").await;
    assert_eq!(status(&admin, GET, "/settings/nothing").await.0, 404);
    assert_eq!(status(&admin, POST, "/settings/audit").await.0, 405);
});

/// Whether a concrete path is one of a declared pattern: `/visits/{id}/edit`.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, s)| p.starts_with('{') || p == s)
}

/// How often each method is declared with roles, and on which patterns, by reading the sources.
pub fn declared() -> Vec<(String, Vec<&'static str>)> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                for part in text.split("web::resource(\"").skip(1) {
                    let pattern = part.split('"').next().unwrap().to_owned();
                    let part = part.split(".service(").next().unwrap();
                    let methods = [GET, POST, PATCH, PUT, DELETE].into_iter().filter(|m| {
                        let call = format!("route({}(", m.to_lowercase());
                        part.contains(&call) || part.contains(&call.replace("route(", "route(staff::"))
                    });
                    found.push((pattern, methods.collect()));
                }
            }
        }
    }
    found
}

#[test]
fn every_route_has_a_row() {
    let declared = declared();
    assert!(declared.len() > 50);
    let mut missing = Vec::new();
    for (pattern, methods) in &declared {
        let open = OPEN.contains(&pattern.as_str()) || BY_TOKEN.contains(&pattern.as_str());
        if methods.is_empty() && !open {
            missing.push(format!("{pattern}: neither roles nor listed as open"));
        }
        for method in methods {
            if !rows().any(|(m, path, _)| m == method && fits(pattern, path)) {
                missing.push(format!("{method} {pattern}"));
            }
        }
    }
    assert!(missing.is_empty(), "no row in ROUTES for:\n{}", missing.join("\n"));
}

both!(a_telephone_leads_everywhere_the_rail_does, |clinic| {
    let links = |part: &str| -> Vec<String> {
        let hrefs = part.split("href=\"").skip(1).filter_map(|s| s.split('"').next());
        hrefs
            .filter(|h| h.starts_with('/') && *h != "/" && !h.starts_with("/s/"))
            .map(str::to_owned)
            .collect()
    };
    for (login, role) in [
        ("admin", "Administrator"),
        ("desk", "Front desk"),
        ("nurse", "Nurse"),
        ("doctor", "Doctor"),
        ("manager", "Head nurse / manager"),
    ] {
        let page = clinic.signed_in(login).await.page("/patients?lang=en").await;
        let rail = page
            .split("class=\"rail\"")
            .nth(1)
            .unwrap()
            .split("</nav>")
            .next()
            .unwrap();
        let bar = page
            .split("class=\"bar\"")
            .nth(1)
            .unwrap()
            .split("</nav>")
            .next()
            .unwrap();
        assert_eq!(links(rail), links(bar), "{login}");
        let always = bar.split("<details").next().unwrap();
        assert!(links(always).len() <= 5, "{login}");
        assert!(page.contains(&format!("<small>{role}</small>")), "{login}: {page}");
    }
});
