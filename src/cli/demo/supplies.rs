//! What the sample clinic lays out before its visits.

use crate::appointments::reception::{Supplies, save_supplies};
use crate::platform::db::Conn;
use crate::platform::error::Result;

use super::clinic::Sample;

const SUPPLIES: [(&str, &str, &str); 10] = [
    ("check-up", "检查盘、口镜、探针", "examination tray, mirror, probe"),
    (
        "cleaning",
        "超声洁牙机头、抛光膏、弯盘",
        "scaler tip, polishing paste, kidney dish",
    ),
    (
        "filling",
        "橡皮障、树脂、光固化灯、成形片",
        "rubber dam, composite, curing lamp, matrix",
    ),
    (
        "root-canal",
        "橡皮障、根管锉、次氯酸钠、测长仪",
        "rubber dam, files, hypochlorite, apex locator",
    ),
    (
        "extraction",
        "拔牙钳、牙挺、局麻药、缝线、纱布",
        "forceps, elevators, local anaesthetic, sutures, gauze",
    ),
    (
        "crown",
        "车针、排龈线、硅橡胶、临时冠材料",
        "burs, retraction cord, silicone, temporary crown material",
    ),
    (
        "ortho-adjust",
        "弓丝、结扎圈、末端切断钳",
        "archwires, ligatures, distal cutter",
    ),
    (
        "implant",
        "种植手术包、植体、骨粉、无菌铺巾",
        "implant kit, implant, bone graft, sterile drapes",
    ),
    ("sutures-out", "拆线剪、镊子、棉球", "suture scissors, tweezers, cotton"),
    (
        "fluoride",
        "氟保护漆、小毛刷、吸唾管",
        "fluoride varnish, brush, saliva ejector",
    ),
];

/// Writes them down.
pub(super) fn build(c: &mut Conn, sample: &Sample) -> Result<()> {
    for (code, zh, en) in SUPPLIES {
        if let Some(service) = sample.services.iter().find(|s| s.code == code) {
            let supplies = Supplies {
                zh: zh.into(),
                en: en.into(),
            };
            save_supplies(c, service.id, &supplies)?;
        }
    }
    Ok(())
}
