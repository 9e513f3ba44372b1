//! The audit in words: what is written for machines (`call_tasks`, `minutes: 30 -> 45`, `no-answer, alarm none`), said in the
//! reader's language. What has no word here is shown as it was written.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;

/// A code and its words: Chinese, English.
type Word = (&'static str, &'static str, &'static str);

/// What was done.
pub(super) const ACTIONS: &[Word] = &[
    ("read", "查看", "Read"),
    ("create", "新建", "Created"),
    ("update", "修改", "Changed"),
    ("delete", "删除", "Removed"),
    ("archive", "归档", "Archived"),
    ("restore", "重新启用", "Taken out of the archive"),
    ("book", "预约", "Booked"),
    ("move", "改期", "Moved"),
    ("cancel", "取消", "Cancelled"),
    ("confirm", "确认", "Confirmed"),
    ("arrive", "到诊", "Arrived"),
    ("seat", "入座", "Seated"),
    ("finish", "完成", "Finished"),
    ("leave", "离开", "Left"),
    ("place", "安排就诊", "Placed"),
    ("leave-unseen", "未就诊离开", "Left unseen"),
    ("no-show", "爽约", "No-show"),
    ("undo", "撤销", "Undone"),
    ("reopen", "重新打开", "Reopened"),
    ("correct", "更正", "Corrected"),
    ("call", "回访", "Called"),
    ("contact", "联系", "Contacted"),
    ("send", "发送", "Sent"),
    ("send-again", "重新发送", "Sent again"),
    ("stop", "停止发送", "Stopped"),
    ("test", "试发", "Test sent"),
    ("inbound", "收到短信", "Text received"),
    ("unsubscribe", "退订", "Unsubscribed"),
    ("subscribe", "重新订阅", "Subscribed again"),
    ("try-address", "重新启用邮箱", "Address tried again"),
    ("export", "导出", "Exported"),
    ("merge", "合并", "Merged"),
    ("import", "导入", "Imported"),
    ("sign-in", "登录", "Signed in"),
    ("sign-in-failed", "登录失败", "Sign-in failed"),
    ("sign-out", "退出", "Signed out"),
    ("lock", "锁定", "Locked"),
    ("unlock", "解锁", "Unlocked"),
    ("unlock-failed", "解锁失败", "Unlocking failed"),
    ("renew", "换新", "Renewed"),
    ("invite", "邀请", "Invited"),
    ("set-password", "设置密码", "Password set"),
    ("issue-token", "签发令牌", "Token issued"),
];

/// To what.
const SUBJECTS: &[Word] = &[
    ("patients", "患者档案", "Patient record"),
    ("appointments", "预约", "Appointment"),
    ("visits", "就诊记录", "Visit"),
    ("treatment_plans", "治疗计划", "Treatment plan"),
    ("walk_ins", "未预约到诊", "Walk-in"),
    ("day_sheet", "备诊单", "Day sheet"),
    ("wait_alerts", "候诊提醒时间", "Waiting alerts"),
    ("service_supplies", "备物清单", "Supplies"),
    ("check_in", "自助签到", "Self check-in"),
    ("call_tasks", "回访任务", "Callback"),
    ("call_attempts", "回访记录", "Callback log"),
    ("recalls", "复诊提醒", "Recall"),
    ("recall_types", "复诊类型", "Recall type"),
    ("recall_risks", "患者风险", "Patient's risk"),
    ("recall_settings", "复诊设置", "Recall settings"),
    ("messages", "消息", "Message"),
    ("documents", "资料", "Document"),
    ("sendings", "发出的资料", "Documents sent"),
    ("templates", "消息模板", "Message template"),
    ("template_heads", "消息模板", "Message template"),
    ("manners", "发送时段和上限", "Sending hours and limits"),
    ("rules", "提醒规则", "Reminder rule"),
    ("sites", "诊所", "Clinic"),
    ("chairs", "椅位", "Chair"),
    ("providers", "医护人员", "Provider"),
    ("provider_hours", "工作时间", "Weekly hours"),
    ("provider_days", "个别日子的时间", "Hours of single days"),
    ("provider_leave", "休假", "Leave"),
    ("calendar_feeds", "日历订阅", "Calendar feed"),
    ("services", "服务项目", "Service"),
    ("holidays", "假日", "Holiday"),
    ("makeup_days", "调休上班日", "Make-up workday"),
    ("blockouts", "预留时段", "Kept time"),
    ("staff_users", "员工账户", "Account"),
    ("sign-in", "登录", "Sign-in"),
    ("audit_log", "操作日志", "Audit log"),
];

/// Who, where it was nobody with an account.
const ACTORS: &[Word] = &[
    ("patient", "患者本人", "The patient"),
    ("unknown", "未知账户", "Unknown account"),
    ("command line", "命令行", "Command line"),
    ("one-time link", "一次性链接", "One-time link"),
    ("kannel", "短信网关", "Text gateway"),
];

/// Fields, states and results that stand in details.
const DETAILS: &[Word] = &[
    ("name", "名称", "name"),
    ("name_en", "英文名称", "English name"),
    ("phone", "电话", "telephone"),
    ("other_phone", "其他电话", "other telephone"),
    ("email", "邮箱", "email"),
    ("address", "地址", "address"),
    ("address_en", "英文地址", "English address"),
    ("zone", "时区", "time zone"),
    ("language", "语言", "language"),
    ("currency", "货币", "currency"),
    ("country", "国家", "country"),
    ("position", "顺序", "order"),
    ("active", "启用", "in use"),
    ("kind", "类别", "kind"),
    ("speciality", "专业", "speciality"),
    ("speciality_en", "英文专业", "English speciality"),
    ("chair", "椅位", "chair"),
    ("further_chairs", "其他椅位", "further chairs"),
    ("account", "账户", "account"),
    ("services", "项目", "services"),
    ("providers", "医护人员", "providers"),
    ("provider", "医护人员", "provider"),
    ("hours", "工作时间", "hours"),
    ("when", "何时", "when"),
    ("window", "时限", "how late"),
    ("template", "模板", "template"),
    ("priority", "优先级", "priority"),
    ("service", "项目", "service"),
    ("minutes", "时长", "minutes"),
    ("buffer_before", "之前准备", "minutes before"),
    ("buffer_after", "之后清洁", "minutes after"),
    ("colour", "颜色", "colour"),
    ("price_minor", "价格（分）", "price (minor units)"),
    ("recall_months", "复诊间隔（月）", "recall months"),
    ("due_on", "到期日", "due on"),
    ("own_interval", "自己的间隔", "own interval"),
    ("paused_until", "暂停到", "paused until"),
    ("off", "停用", "off"),
    ("reason", "原因", "reason"),
    ("risk", "风险", "risk"),
    ("low", "低", "low"),
    ("normal", "一般", "normal"),
    ("high", "高", "high"),
    ("high_interval", "高风险间隔", "interval at high risk"),
    ("low_interval", "低风险间隔", "interval at low risk"),
    ("age_from", "起始年龄", "from age"),
    ("age_until", "截止年龄", "until age"),
    ("exclusive", "互斥组", "exclusive group"),
    ("rank", "组内次序", "rank"),
    ("triggers", "由哪些就诊开始", "started by"),
    ("family_days", "家庭天数", "days for families"),
    ("follow_up_days", "回访（天后）", "follow-up days"),
    ("follow_up_minute", "回访时间（分钟）", "follow-up minute"),
    ("follow_up_script", "回访话术", "follow-up script"),
    ("grid_minutes", "开始间隔（分钟）", "starts every (minutes)"),
    ("chair_kind", "椅位类型", "kind of chair"),
    ("provider_parts", "医护时段", "parts of the provider"),
    ("second_kind", "配合人员", "second person"),
    ("second_parts", "配合时段", "parts of the second person"),
    ("per_day_max", "每天上限", "most a day"),
    ("online", "网上可约", "online"),
    ("notice_minutes", "至少提前（分钟）", "minutes ahead at least"),
    ("horizon_days", "最多提前（天）", "days ahead at most"),
    ("valid_from", "从", "from"),
    ("valid_until", "到", "until"),
    ("release_days", "提前几天开放", "free days before"),
    ("role", "角色", "role"),
    ("may_overbook", "可以加号", "may overbook"),
    ("sex", "性别", "sex"),
    ("birth_date", "出生日期", "birth date"),
    ("national_id", "证件号", "national ID"),
    ("channel", "联系方式", "channel"),
    ("needs", "特殊需求", "needs"),
    ("allergies", "过敏", "allergies"),
    ("history", "病史", "history"),
    ("occupation", "职业", "occupation"),
    ("source", "来源", "source"),
    ("note", "备注", "note"),
    ("marketing", "接收祝福和推广", "greetings and offers"),
    ("lunar_birthday", "过农历生日", "lunar birthday"),
    ("referred_by", "介绍人", "referred by"),
    ("vip", "特需", "VIP"),
    ("deceased", "已故", "deceased"),
    ("complaint", "主诉", "complaint"),
    ("diagnosis", "诊断", "diagnosis"),
    ("treatments", "治疗", "treatments"),
    ("advice", "医嘱", "advice"),
    ("next_visit", "下次就诊", "next visit"),
    ("doctor", "医生", "doctor"),
    ("hygienist", "洁牙师", "hygienist"),
    ("nurse", "护士", "nurse"),
    ("administrator", "管理员", "administrator"),
    ("front-desk", "前台", "front desk"),
    ("manager", "护士长 / 主任", "head nurse / manager"),
    ("booked", "已预约", "booked"),
    ("confirmed", "已确认", "confirmed"),
    ("arrived", "已到诊", "arrived"),
    ("in-chair", "就诊中", "in the chair"),
    ("done", "已完成", "done"),
    ("no-show", "爽约", "no-show"),
    ("cancelled", "已取消", "cancelled"),
    ("ready", "待离诊", "ready to leave"),
    ("urgent", "急", "urgent"),
    ("soon", "尽快", "soon"),
    ("can-wait", "可等", "can wait"),
    ("reached", "已接通", "reached"),
    ("no-answer", "无人接听", "no answer"),
    ("later", "稍后再打", "call later"),
    ("call-later", "稍后再打", "call later"),
    ("escalated", "转交", "escalated"),
    ("declined", "拒绝", "declined"),
    ("wrong-number", "号码错误", "wrong number"),
    ("texted", "已发短信", "texted"),
    ("draft", "草稿", "draft"),
    ("untouched draft", "未填写的草稿", "untouched draft"),
    ("panel", "日程侧栏", "schedule panel"),
    ("import", "导入", "import"),
    ("text", "短信内容", "text"),
    ("alarm none", "", ""),
    ("alarm watch", "需要留意", "needs a look"),
    ("alarm red", "红色警示", "red flag"),
    ("score None", "", ""),
    ("back on never", "不再出现", "will not come back"),
    ("true", "是", "yes"),
    ("false", "否", "no"),
    ("-", "空", "nothing"),
    ("", "空", "nothing"),
    ("sms", "短信", "SMS"),
    ("zh", "中文", "Chinese"),
    ("en", "英文", "English"),
    ("book", "预约", "booking"),
    ("move", "改期", "move"),
    ("cancel", "取消", "cancellation"),
    ("confirm", "确认", "confirmation"),
    ("arrive", "到诊", "arrival"),
    ("seat", "入座", "seating"),
    ("finish", "完成", "finish"),
    ("leave", "离开", "leaving"),
];

fn find(list: &[Word], code: &str, lang: Lang) -> Option<&'static str> {
    let word = list.iter().find(|(c, ..)| *c == code)?;
    Some(lang.pick(word.1, word.2))
}

/// What was done.
pub(super) fn action(lang: Lang, code: &str) -> &str {
    find(ACTIONS, code, lang).unwrap_or(code)
}

/// To what kind of thing.
pub(super) fn subject(lang: Lang, kind: &str) -> &str {
    find(SUBJECTS, kind, lang).unwrap_or(kind)
}

/// Who.
pub(super) fn actor(lang: Lang, name: &str) -> &str {
    find(ACTORS, name, lang).unwrap_or(name)
}

/// A whole detail.
pub(super) fn detail(lang: Lang, zone: Tz, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if let Some(named) = template(lang, text) {
        return named;
    }
    let changes: Vec<&str> = text.split("; ").collect();
    let said: Vec<String> = changes.into_iter().map(|part| change(lang, zone, part)).collect();
    let said: Vec<String> = said.into_iter().filter(|s| !s.is_empty()).collect();
    said.join(lang.pick("；", "; "))
}

/// `minutes: 30 -> 45`, or a list of words.
fn change(lang: Lang, zone: Tz, part: &str) -> String {
    let pair = part.split_once(": ").and_then(|(field, values)| {
        let (before, after) = values.split_once(" -> ").or_else(|| values.split_once(" → "))?;
        Some((find(DETAILS, field, lang)?, before, after))
    });
    let Some((field, before, after)) = pair else {
        let words: Vec<String> = part
            .split(", ")
            .map(|w| word(lang, zone, w))
            .filter(|w| !w.is_empty())
            .collect();
        return words.join(lang.pick("，", ", "));
    };
    let value = |v: &str| find(DETAILS, v, lang).map_or_else(|| v.to_owned(), str::to_owned);
    lang.pick(
        format!("{field}：{} → {}", value(before), value(after)),
        format!("{field}: {} → {}", value(before), value(after)),
    )
}

fn word(lang: Lang, zone: Tz, text: &str) -> String {
    if let Some(known) = find(DETAILS, text, lang).filter(|_| !text.is_empty()) {
        return known.to_owned();
    }
    let number =
        |prefix: &str, end: &str| -> Option<String> { text.strip_prefix(prefix)?.strip_suffix(end).map(str::to_owned) };
    if let Some(score) = number("score Some(", ")") {
        return lang.pick(format!("满意度 {score} 分"), format!("rated {score} of 5"));
    }
    if let Some(day) = number("back on ", "").and_then(|d| d.parse::<NaiveDate>().ok()) {
        return lang.pick(
            format!("{}再次出现", lang.day(day)),
            format!("back on {}", lang.day(day)),
        );
    }
    if let Some(rows) = number("list of ", "") {
        return lang.pick(format!("列表，{rows} 行"), format!("a list of {rows}"));
    }
    if let Some(id) = number("of message ", "") {
        return lang.pick(format!("消息 {id} 的重发"), format!("message {id} once more"));
    }
    if let Some((state, at)) = text.rsplit_once(" at ")
        && let Some(at) = Instant::parse_rfc3339(at)
    {
        let state = find(DETAILS, state, lang).unwrap_or(state);
        return format!("{} {state}", lang.day_time(at, zone));
    }
    if let Some((from, until)) = text.split_once(" - ")
        && let (Some(from), Some(until)) = (Instant::parse_rfc3339(from), Instant::parse_rfc3339(until))
    {
        return format!("{} – {}", lang.day_time(from, zone), lang.day_time(until, zone));
    }
    // An account's login and role: `sun.li nurse`.
    match text.split_once(' ') {
        Some((login, role)) if find(DETAILS, role, lang).is_some() => {
            format!("{login} · {}", find(DETAILS, role, lang).unwrap_or(role))
        }
        _ => text.to_owned(),
    }
}

/// `birthday sms zh version 2`.
fn template(lang: Lang, text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let [code, channel, language, "version", n] = words.as_slice() else {
        return None;
    };
    let (channel, language) = (find(DETAILS, channel, lang)?, find(DETAILS, language, lang)?);
    Some(lang.pick(
        format!("{code} · {channel} · {language} · 第 {n} 版"),
        format!("{code} · {channel} · {language} · version {n}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_told_in_words() {
        for (written, zh, en) in [
            ("no-answer, alarm none, score None", "无人接听", "no answer"),
            (
                "reached, alarm red, score Some(2)",
                "已接通，红色警示，满意度 2 分",
                "reached, red flag, rated 2 of 5",
            ),
            (
                "minutes: 30 -> 45; active: true -> false",
                "时长：30 → 45；启用：是 → 否",
                "minutes: 30 → 45; in use: yes → no",
            ),
            (
                "texted, back on 2026-12-07",
                "已发短信，12月7日 周一再次出现",
                "texted, back on Mon 7 Dec",
            ),
            (
                "booked at 2026-11-24T02:00:00Z",
                "11月24日 周二 10:00 已预约",
                "Tue 24 Nov 10:00 booked",
            ),
            (
                "birthday sms zh version 2",
                "birthday · 短信 · 中文 · 第 2 版",
                "birthday · SMS · Chinese · version 2",
            ),
            ("sun.li nurse", "sun.li · 护士", "sun.li · nurse"),
            ("name, phone", "名称，电话", "name, telephone"),
            ("一号椅", "一号椅", "一号椅"),
            ("", "", ""),
        ] {
            let zone = chrono_tz::Asia::Shanghai;
            assert_eq!(detail(Lang::Zh, zone, written), zh, "{written}");
            assert_eq!(detail(Lang::En, zone, written), en, "{written}");
        }
        assert_eq!(subject(Lang::Zh, "call_tasks"), "回访任务");
        assert_eq!(action(Lang::Zh, "send-again"), "重新发送");
    }
}
