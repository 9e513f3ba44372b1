//! `/news`: what everybody should know at once, asked for every few seconds by pages that stay open.

use maud::Markup;

use super::super::news::{Reader, vip_news};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::{Ctx, layout};
use crate::staff::Actor;

pub(super) async fn fragment(ctx: Ctx, lang: Lang, actor: Actor) -> Result<Markup> {
    let now = ctx.now();
    let reader = Reader {
        user: actor.user,
        role: actor.role,
    };
    let news = ctx.db.read(move |c| vip_news(c, now, lang, reader)).await?;
    Ok(layout::news_items(lang, &news))
}
