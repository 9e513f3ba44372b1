//! What is done at which age, and what it leaves in the record.

/// Ages at which a service is for somebody.
pub(super) fn ages(code: &str) -> std::ops::Range<u32> {
    match code {
        "fluoride" => 3..14,
        "ortho-adjust" | "ortho-first" => 9..40,
        "extraction" | "sutures-out" => 17..120,
        "crown" => 20..120,
        "implant" | "implant-review" => 22..85,
        "cleaning" | "root-canal" => 13..120,
        _ => 3..120,
    }
}

/// Days after which somebody comes for the same again, at the earliest.
pub(super) fn days_between(code: &str) -> i64 {
    match code {
        "fluoride" | "cleaning" => 150,
        "implant" | "ortho-first" => 300,
        "crown" | "root-canal" | "implant-review" | "check-up" => 60,
        "extraction" => 30,
        _ => 21,
    }
}

/// Milk teeth that are filled, until so old.
pub(super) const MILK: (u32, [&str; 6]) = (8, ["54", "64", "74", "75", "84", "85"]);

/// What one service leaves in the record.
pub(super) struct Course {
    pub(super) code: &'static str,
    pub(super) complaint: &'static str,
    pub(super) diagnosis: &'static str,
    pub(super) treatment: &'static str,
    pub(super) advice: &'static str,
    pub(super) next: &'static str,
    pub(super) teeth: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const COURSES: [Course; 12] = [
    Course { code: "check-up", complaint: "例行检查", diagnosis: "口腔卫生一般", treatment: "口腔检查，拍片", advice: "早晚刷牙，使用牙线", next: "", teeth: &[] },
    Course { code: "cleaning", complaint: "刷牙出血", diagnosis: "慢性龈炎", treatment: "全口超声洁治，抛光", advice: "三天内避免过冷过热", next: "6个月后复查洁牙", teeth: &[] },
    Course { code: "filling", complaint: "冷热敏感", diagnosis: "龋齿", treatment: "去腐，树脂充填", advice: "当天患侧不咬硬物", next: "", teeth: &["16", "26", "36", "46", "11"] },
    Course { code: "root-canal", complaint: "夜间自发痛", diagnosis: "慢性牙髓炎", treatment: "开髓，根管预备，封药", advice: "如疼痛加重及时复诊", next: "1周后复诊", teeth: &["36", "46", "25", "14"] },
    Course { code: "extraction", complaint: "智齿反复肿痛", diagnosis: "阻生齿", treatment: "局麻下拔除，缝合2针", advice: "24小时内不漱口，温凉软食，布洛芬3天", next: "7天拆线", teeth: &["18", "28", "38", "48"] },
    Course { code: "crown", complaint: "牙体缺损", diagnosis: "牙体缺损", treatment: "备牙，取模，临时冠", advice: "临时冠勿咬硬物", next: "1周后戴牙", teeth: &["16", "36", "46"] },
    Course { code: "ortho-adjust", complaint: "正畸复诊", diagnosis: "错𬌗畸形", treatment: "更换弓丝", advice: "注意清洁托槽", next: "4周后复诊", teeth: &[] },
    Course { code: "ortho-first", complaint: "牙列不齐", diagnosis: "错𬌗畸形", treatment: "取模，拍片，方案沟通", advice: "", next: "2周后定方案", teeth: &[] },
    Course { code: "implant", complaint: "缺牙", diagnosis: "牙列缺损", treatment: "种植体植入一期", advice: "术后冰敷，抗生素3天", next: "10天拆线", teeth: &["36", "46", "16"] },
    Course { code: "implant-review", complaint: "种植复查", diagnosis: "种植术后", treatment: "复查，拍片", advice: "", next: "3个月后二期", teeth: &["36", "46"] },
    Course { code: "fluoride", complaint: "儿童涂氟", diagnosis: "", treatment: "全口涂氟", advice: "30分钟内不漱口", next: "6个月后复诊", teeth: &[] },
    Course { code: "sutures-out", complaint: "拆线", diagnosis: "拔牙术后", treatment: "拆线，冲洗", advice: "", next: "", teeth: &["38", "48"] },
];
