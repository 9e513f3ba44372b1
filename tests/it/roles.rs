//! Who may open what: every route with its roles, checked against the running service. A new route gets a row here.

use chairside::staff::Role;
use reqwest::Method;

use crate::both;
use crate::support::Browser;

use Role::{Administrator as A, Doctor as D, FrontDesk as F, Manager as M, Nurse as N};

const ALL: &[Role] = &[A, F, N, D, M];
const ADMIN: &[Role] = &[A];
const MANAGERS: &[Role] = &[A, M];

const DESK: &[Role] = &[A, F, N, M];
const CLINICAL: &[Role] = &[D, N, M];
const CALLERS: &[Role] = &[N, D, M];
const READERS: &[Role] = &[N, D, M, A];

const GET: &str = "GET";
const POST: &str = "POST";
const DELETE: &str = "DELETE";
const PATCH: &str = "PATCH";

/// Method, path (ids that need not exist: 404 is an answer for somebody who may), roles.
type Row = (&'static str, &'static str, &'static [Role]);

#[rustfmt::skip]
const ROUTES: &[Row] = &[
    // staff
    (GET,  "/settings/staff",                    ADMIN),
    (GET,  "/settings/staff/new",                ADMIN),
    (POST, "/settings/staff/new",                ADMIN),
    (GET,  "/settings/staff/1",                  ADMIN),
    (POST, "/settings/staff/999999",             ADMIN),
    (POST, "/settings/staff/999999/invite",      ADMIN),
    (GET,  "/settings/audit",                    MANAGERS),
    // clinic
    (GET,  "/settings",                          MANAGERS),
    (GET,  "/settings/site",                     ADMIN),
    (POST, "/settings/site",                     ADMIN),
    (GET,  "/settings/chairs",                   ADMIN),
    (POST, "/settings/chairs",                   ADMIN),
    (GET,  "/settings/chairs/1",                 ADMIN),
    (POST, "/settings/chairs/999999",            ADMIN),
    (POST, "/settings/chairs/999999/move",       ADMIN),
    (GET,  "/settings/providers",                ADMIN),
    (GET,  "/settings/providers/new",            ADMIN),
    (POST, "/settings/providers/new",            ADMIN),
    (GET,  "/settings/providers/1",              ADMIN),
    (POST, "/settings/providers/999999",         ADMIN),
    (POST, "/settings/providers/999999/hours",   ADMIN),
    (GET,  "/settings/providers/1/hours/new",    ADMIN),
    (POST, "/settings/providers/999999/hours/new", ADMIN),
    (GET,  "/settings/providers/1/hours/2026-01-01", ADMIN),
    (POST, "/settings/providers/999999/hours/2026-01-01", ADMIN),
    (POST, "/settings/providers/999999/hours/2026-01-01/remove", ADMIN),
    (POST, "/settings/providers/999999/days",    ADMIN),
    (POST, "/settings/providers/999999/days/remove", ADMIN),
    (POST, "/settings/providers/999999/leave",   ADMIN),
    (POST, "/settings/providers/1/leave/999999/remove", ADMIN),
    (GET,  "/settings/services",                 ADMIN),
    (GET,  "/settings/services/new",             ADMIN),
    (POST, "/settings/services/new",             ADMIN),
    (GET,  "/settings/services/1",               ADMIN),
    (POST, "/settings/services/999999",          ADMIN),
    (GET,  "/settings/holidays",                 ADMIN),
    (POST, "/settings/holidays",                 ADMIN),
    (POST, "/settings/holidays/999999/remove",   ADMIN),
    (POST, "/settings/holidays/makeup",          ADMIN),
    (POST, "/settings/holidays/makeup/999999/remove", ADMIN),
    (GET,  "/settings/blockouts",                ADMIN),
    (GET,  "/settings/blockouts/new",            ADMIN),
    (POST, "/settings/blockouts/new",            ADMIN),
    (GET,  "/settings/blockouts/1",              ADMIN),
    (POST, "/settings/blockouts/999999",         ADMIN),
    (POST, "/settings/blockouts/999999/remove",  ADMIN),
    (GET,  "/api/v1/site",                       ALL),
    (GET,  "/api/v1/chairs",                     ALL),
    (GET,  "/api/v1/providers",                  ALL),
    (GET,  "/api/v1/services",                   ALL),
    // patients
    (GET,  "/patients",                          ALL),
    (POST, "/patients",                          DESK),
    (GET,  "/patients/pick",                     ALL),
    (POST, "/patients/check",                    ALL),
    (GET,  "/patients/new",                      DESK),
    (GET,  "/patients/999999",                   ALL),
    (GET,  "/patients/999999/edit",              ALL),
    (POST, "/patients/999999/edit",              ALL),
    (GET,  "/api/v1/patients",                   ALL),
    (POST, "/api/v1/patients",                   DESK),
    (GET,  "/api/v1/patients/999999",            ALL),
    (PATCH, "/api/v1/patients/999999",           ALL),
    // records
    (GET,  "/visits",                            CLINICAL),
    (GET,  "/visits/999999",                     CLINICAL),
    (GET,  "/visits/999999/edit",                CLINICAL),
    (POST, "/visits/999999/edit",                CLINICAL),
    (POST, "/appointments/999999/visit",         CLINICAL),
    (GET,  "/api/v1/patients/999999/visits",     ALL),
    (GET,  "/api/v1/visits/999999",              CLINICAL),
    (PATCH, "/api/v1/visits/999999",             CLINICAL),
    // appointments
    (GET,  "/",                                  ALL),
    (GET,  "/day",                               ALL),
    (GET,  "/day/panel",                         ALL),
    (GET,  "/views",                             ALL),
    (POST, "/views",                             ALL),
    (GET,  "/views/999999",                      ALL),
    (POST, "/views/999999",                      ALL),
    (POST, "/views/999999/order",                ALL),
    (POST, "/views/999999/remove",               ALL),
    (GET,  "/day/peek",                          ALL),
    (GET,  "/day/board",                         ALL),
    (GET,  "/week",                              ALL),
    // Without a board's address: a stream would not end.
    (GET,  "/events",                            ALL),
    (GET,  "/day/peek",                          ALL),
    (GET,  "/day/hits",                          DESK),
    (POST, "/holds",                             DESK),
    (POST, "/holds/release",                     DESK),
    (GET,  "/find",                              DESK),
    (POST, "/find/book",                         DESK),
    (POST, "/appointments",                      DESK),
    (POST, "/appointments/999999/undo",          ALL),
    (POST, "/appointments/999999/confirm",       DESK),
    (POST, "/appointments/999999/arrive",        ALL),
    (POST, "/appointments/999999/no-show",       DESK),
    (POST, "/appointments/999999/cancel",        DESK),
    (POST, "/appointments/999999/move",          DESK),
    (POST, "/appointments/999999/seat",          ALL),
    (POST, "/appointments/999999/finish",        ALL),
    (GET,  "/api/v1/slots",                      ALL),
    (GET,  "/api/v1/slots/why",                  ALL),
    (GET,  "/api/v1/appointments",               ALL),
    (POST, "/api/v1/appointments",               DESK),
    (POST, "/api/v1/slots/search",               ALL),
    (POST, "/api/v1/appointments/batch",         DESK),
    (POST, "/api/v1/holds",                      DESK),
    (DELETE, "/api/v1/holds/999999",             DESK),
    (GET,  "/api/v1/appointments/999999",        ALL),
    (POST, "/api/v1/appointments/999999/undo",   ALL),
    (POST, "/api/v1/appointments/999999/confirm", DESK),
    (POST, "/api/v1/appointments/999999/seat",   ALL),
    // callbacks
    (GET,  "/callbacks",                         READERS),
    (POST, "/callbacks/999999/attempts",         CALLERS),
    (POST, "/callbacks/999999/undo",             CALLERS),
    (POST, "/callbacks/999999/notes",            CALLERS),
    (POST, "/callbacks/999999/text",             CALLERS),
    (GET,  "/callbacks/log",                     MANAGERS),
    (GET,  "/callbacks/log.csv",                 MANAGERS),
    (GET,  "/api/v1/callbacks",                  CALLERS),
    (POST, "/api/v1/callbacks/999999/attempts",  CALLERS),
    // outreach
    (GET,  "/recall",                            DESK),
    (GET,  "/recall/preview",                    DESK),
    (POST, "/recall/text",                       DESK),
    (POST, "/recall/999999/text",                DESK),
    (GET,  "/recall/999999/call",                DESK),
    (POST, "/recall/999999/call",                DESK),
    (GET,  "/rules",                             MANAGERS),
    (GET,  "/rules/new",                         MANAGERS),
    (POST, "/rules/new",                         MANAGERS),
    (GET,  "/rules/999999",                      MANAGERS),
    (POST, "/rules/999999",                      MANAGERS),
    (POST, "/rules/999999/remove",               MANAGERS),
    (GET,  "/api/v1/recalls",                    DESK),
    (GET,  "/api/v1/rules",                      MANAGERS),
    (GET,  "/api/v1/rules/999999",               MANAGERS),
    (PATCH, "/api/v1/rules/999999",              MANAGERS),
    // messaging
    (GET,  "/messages",                          DESK),
    (GET,  "/messages/999999",                   DESK),
    (POST, "/messages/999999/again",             DESK),
    (POST, "/messages/999999/stop",              DESK),
    (GET,  "/templates",                         ADMIN),
    (POST, "/templates/preview",                 ADMIN),
    (GET,  "/templates/nothing",                 ADMIN),
    (POST, "/templates/nothing",                 ADMIN),
    (POST, "/templates/nothing/preview",         ADMIN),
    (POST, "/templates/nothing/test",            ADMIN),
    (GET,  "/api/v1/messages",                   DESK),
    (GET,  "/api/v1/messages/999999",            DESK),
    (POST, "/here",                              ALL),
    // Last: they lock the session and end it.
    (POST, "/lock",                              ALL),
    (GET,  "/unlock",                            ALL),
    (POST, "/unlock",                            ALL),
    (POST, "/sign-out",                          ALL),
];

/// Reachable without an account.
const OPEN: &[&str] = &[
    "/sign-in",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/v1/openapi.json",
];
/// Reachable without an account by a secret or a signature in the address; tested with their features.
const BY_TOKEN: &[&str] = &[
    "/welcome/{token}",
    "/v/{token}",
    "/v/{token}/confirm",
    "/v/{token}/cancel",
    "/v/{token}/move",
    "/gateway/kannel/dlr/{token}",
    "/gateway/kannel/mo",
    "/s/{version}/{name:.*}",
];

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
    for (method, path, _) in ROUTES {
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
        for (method, path, allowed) in ROUTES {
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
                    let methods = [GET, POST, PATCH, DELETE].into_iter().filter(|m| {
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
            if !ROUTES.iter().any(|(m, path, _)| m == method && fits(pattern, path)) {
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
