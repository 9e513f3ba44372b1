//! Static files, compiled in and served under a content hash so that browsers may keep them for ever.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "src/platform/web/assets/"]
struct Assets;

/// Changes whenever any asset changes.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Assets::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        if let Some(file) = Assets::get(&name) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    super::super::ids::hex(hash.finalize().get(..6).unwrap_or(&[]))
});

/// The URL of an asset.
pub fn asset(name: &str) -> String {
    format!("/s/{}/{name}", VERSION.as_str())
}

/// An icon of the sprite; always beside a text, so hidden from screen readers.
pub fn icon(name: &str) -> Markup {
    icon_class(name, "")
}

/// An icon with more classes: `i-l` large, `i-s` small, `vip`, `alert-i`.
pub fn icon_class(name: &str, class: &str) -> Markup {
    html! { svg class={ "i " (class) } aria-hidden="true" { use href={ (asset("vendor/icons.svg")) "#" (name) }; } }
}

/// `/s/{version}/{name}`
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/s/{version}/{name:.*}").route(super::reading().to(serve)));
}

async fn serve(path: web::Path<(String, String)>) -> HttpResponse {
    let (_, name) = path.into_inner();
    let Some(file) = Assets::get(&name) else {
        return HttpResponse::NotFound().finish();
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(file.data.into_owned())
}
