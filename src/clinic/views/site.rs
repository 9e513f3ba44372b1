//! The site's form.

use maud::{Markup, html};

use super::super::model::{Site, currencies, zones};
use super::super::pages::Shown;
use super::{LINE, NEEDED, names, save};
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

pub(in crate::clinic) fn site(frame: &Frame, site: &Site, last: Option<&AuditEntry>, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let section = Section {
        frame,
        key: "site",
        title: lang.pick("名称、地址与地区", "Names, address and region"),
        zone: site.tz(),
        last,
    };
    let body = section.draw(&html! {
        form method="post" action="/settings/site" class="stack" {
            (form.summary())
            (fields(&form))
            (save(lang, site.tz(), shown, lang.pick("保存", "Save")))
        }
    });
    settings_page(frame, lang.pick("诊所", "Clinic"), up_to_settings(lang), &body)
}

fn fields(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let phone = Kind {
        kind: "tel",
        ..Kind::default()
    };
    let zones: Vec<_> = zones().into_iter().map(|z| (z, z)).collect();
    let currencies: Vec<_> = currencies().map(|c| (c, c)).collect();
    html! {
        div class="pair" {
            (names(form))
            (form.text("address", lang.pick("中文地址", "Chinese address"), LINE))
            (form.text("address_en", lang.pick("英文地址", "English address"), LINE))
            (form.text("phone", lang.pick("电话（患者看到的写法）", "Telephone, as patients see it"), phone))
            (form.select("language", lang.pick("默认语言", "Language"), &[("zh", "中文"), ("en", "English")]))
            (form.select("zone", lang.pick("时区", "Time zone"), &zones))
            (form.select("currency", lang.pick("货币", "Currency"), &currencies))
            (form.text("country", lang.pick("国家代码（电话号码默认）", "Country code (for telephone numbers)"), NEEDED))
        }
    }
}
