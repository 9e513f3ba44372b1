//! The OpenAPI document and the routes are one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

#[test]
fn the_document_has_every_route_and_every_refusal_is_a_problem() {
    let document = serde_json::to_value(chairside::app::openapi::document()).unwrap();
    let mut told = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            told.insert((method.clone(), path.clone()));
            for (status, response) in operation["responses"].as_object().unwrap() {
                let refused = status.starts_with(['4', '5']) || status == "default";
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                let expected = if refused {
                    json!("#/components/schemas/Problem")
                } else {
                    Value::Null
                };
                assert_eq!(schema, &expected, "{method} {path} {status}");
            }
            assert!(operation["responses"]["default"].is_object(), "{method} {path}");
            let headers: BTreeSet<&str> = (operation["parameters"].as_array().into_iter().flatten())
                .filter(|p| p["in"] == "header")
                .filter_map(|p| p["name"].as_str())
                .collect();
            let single = operation["responses"]["200"]["headers"]["ETag"].is_object();
            let keyed = matches!(method.as_str(), "post" | "patch" | "put")
                && !chairside::app::openapi::READS_BY_POST.contains(&path.as_str());
            assert_eq!(headers.contains("Idempotency-Key"), keyed, "{method} {path}");
            assert_eq!(
                headers.contains("If-None-Match"),
                method == "get" && single,
                "{method} {path}"
            );
            // What is added to something else takes no version of it, and an answer is held or gone, or given once; some things can be removed
            // whatever their version.
            let adds = [
                "patients/{id}/dates",
                "patients/{id}/opt-outs",
                "inbox/{id}/answers/{answer}",
                "messages/{id}/steps",
                "schedules/{whose}/{id}/away",
                "slot-offers/{id}/answers",
            ]
            .contains(&path.trim_start_matches("/api/v1/"));
            let changes = matches!(method.as_str(), "patch" | "put")
                || (method == "post" && path.contains("{id}") && !adds)
                || (method == "delete" && operation["responses"]["428"].is_object());
            assert_eq!(headers.contains("If-Match"), changes, "{method} {path}");
        }
    }
    for member in ["type", "title", "status", "detail", "instance", "code"] {
        let required = document["components"]["schemas"]["Problem"]["required"]
            .as_array()
            .unwrap();
        assert!(required.contains(&json!(member)), "{member}");
    }
    let routes: BTreeSet<(String, String)> = crate::roles::declared()
        .into_iter()
        .filter(|(path, _)| path.starts_with("/api/") && path != "/api/v1/openapi.json")
        .flat_map(|(path, methods)| {
            let path = path.replace(":\\\\d+", "");
            methods.into_iter().map(move |m| (m.to_lowercase(), path.clone()))
        })
        .collect();
    assert!(routes.len() > 20);
    assert_eq!(told, routes);
}
