"""What the settings of the rules, their units and their sources are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

UNITS: Final[Mapping[str, Any]] = {
    "DAYS": lazy("天"),
    "MONTHS": lazy("个月"),
    "YEARS": lazy("岁"),
    "PERIODS": lazy("期"),
    "COUNT": lazy("个"),
    "METRES": lazy("米"),
    "FEN": lazy("元"),
    "FRACTION": lazy("%"),
    "MULTIPLE": lazy("倍"),
    "FLAG": lazy("是否"),
    "DATE": lazy("日期"),
    "TABLE": lazy("表"),
    "HOUR": lazy("点"),
    "NUMBERS": lazy("天"),
    "TEXT": lazy("文字"),
}

GROUPS: Final[Mapping[str, Any]] = {
    "identity": lazy("身份与重复检查"),
    "repayment": lazy("还款与罚息"),
    "extension": lazy("展期"),
    "cost": lazy("综合成本与利率上限"),
    "overdue": lazy("逾期"),
    "classification": lazy("五级分类"),
    "default": lazy("违约"),
    "upgrade": lazy("上调与观察期"),
    "provision": lazy("拨备"),
    "portfolio": lazy("全行监测"),
    "feedback": lazy("客户反馈"),
    "collection": lazy("联系与催收"),
    "reminder": lazy("提醒"),
    "holiday": lazy("节假日"),
}

PARAMETERS: Final[Mapping[str, Any]] = {
    "identity.signing_age_low": lazy("签约年龄下限"),
    "identity.signing_age_high": lazy("签约年龄上限"),
    "identity.id_expiry_notice": lazy("证件到期提前提醒"),
    "identity.shared_mobile_warn": lazy("同一手机多人使用：提醒起点"),
    "identity.shared_mobile_high": lazy("同一手机多人使用：高风险起点"),
    "identity.shared_account_high": lazy("同一银行卡多人使用：高风险起点"),
    "identity.shared_address_warn": lazy("同一地址多人使用：提醒起点"),
    "identity.same_place_within": lazy("视为同一地点的距离"),
    "identity.same_day_loans_high": lazy("同日放款过多：高风险起点"),
    "identity.guarantees_warn": lazy("一人担保过多：提醒起点"),
    "identity.emergency_contact_warn": lazy("同一紧急联系人多人使用：提醒起点"),
    "identity.mobile_change_notice": lazy("更换手机后的关注期"),
    "identity.balance_confirmation_share": lazy("余额函证抽查比例"),
    "repayment.grace_days": lazy("宽限期"),
    "repayment.penalty_uplift": lazy("罚息加收比例"),
    "repayment.penalty_uplift_low": lazy("罚息加收比例下限"),
    "repayment.penalty_uplift_high": lazy("罚息加收比例上限"),
    "repayment.misuse_uplift_low": lazy("挪用贷款加收比例下限"),
    "repayment.misuse_uplift_high": lazy("挪用贷款加收比例上限"),
    "repayment.compound_on_interest": lazy("对欠息计收复利"),
    "repayment.penalty_basis": lazy("罚息计息的年天数"),
    "repayment.principal_first_above_dpd": lazy("逾期超过多少天先还本金"),
    "repayment.prepayment_minimum": lazy("提前还款最低金额"),
    "repayment.prepayment_notice": lazy("提前还款预告天数"),
    "extension.short_up_to": lazy("短期贷款的最长期限"),
    "extension.medium_up_to": lazy("中期贷款的最长期限"),
    "extension.short_share": lazy("短期贷款展期不超过原期限的比例"),
    "extension.medium_share": lazy("中期贷款展期不超过原期限的比例"),
    "extension.long_limit": lazy("长期贷款展期上限"),
    "cost.form_required_from": lazy("必须签署综合成本表的起始日"),
    "cost.lpr_multiple": lazy("LPR 倍数上限"),
    "cost.lower_line": lazy("年化成本下线"),
    "cost.upper_line": lazy("年化成本上线"),
    "cost.ceilings": lazy("各类机构的成本上限"),
    "cost.lpr": lazy("贷款市场报价利率（LPR）"),
    "overdue.tolerance": lazy("不计逾期的零头"),
    "overdue.late_window": lazy("连三累六的观察期数"),
    "overdue.late_in_a_row": lazy("连续逾期期数"),
    "overdue.late_in_total": lazy("累计逾期期数"),
    "classification.special_mention_above_dpd": lazy("关注类：逾期超过"),
    "classification.substandard_above_dpd": lazy("次级类：逾期超过"),
    "classification.doubtful_above_dpd": lazy("可疑类：逾期超过"),
    "classification.loss_above_dpd": lazy("损失类：逾期超过"),
    "classification.technical_delay": lazy("技术性逾期容忍天数"),
    "classification.doubtful_from_ecl": lazy("可疑类：预期损失不低于"),
    "classification.loss_from_ecl": lazy("损失类：预期损失不低于"),
    "classification.debtor_npl_above": lazy("同一债务人不良占比超过"),
    "classification.all_banks_over90_above": lazy("所有银行逾期 90 天以上占比超过"),
    "default.above_dpd": lazy("违约：逾期超过"),
    "default.material_amount": lazy("违约的最低金额"),
    "upgrade.on_time_periods": lazy("上调前须按时还款的期数"),
    "upgrade.on_time_months": lazy("上调前须按时还款的月数"),
    "upgrade.observation_periods": lazy("重组观察期的期数"),
    "upgrade.observation_months": lazy("重组观察期的月数"),
    "provision.normal": lazy("正常类拨备比例"),
    "provision.special_mention": lazy("关注类拨备比例"),
    "provision.substandard": lazy("次级类拨备比例"),
    "provision.doubtful": lazy("可疑类拨备比例"),
    "provision.loss": lazy("损失类拨备比例"),
    "portfolio.coverage_guide_low": lazy("拨备覆盖率指引下限"),
    "portfolio.coverage_guide_high": lazy("拨备覆盖率指引上限"),
    "portfolio.provision_guide_low": lazy("贷款拨备率指引下限"),
    "portfolio.provision_guide_high": lazy("贷款拨备率指引上限"),
    "portfolio.single_borrower_limit": lazy("单一客户集中度上限"),
    "portfolio.group_limit": lazy("集团客户集中度上限"),
    "portfolio.maturity_month_signal": lazy("单月集中到期提示线"),
    "feedback.complaint_days": lazy("投诉的答复期限"),
    "feedback.complex_complaint_days": lazy("情况复杂的投诉的答复期限"),
    "feedback.special_complaint_days": lazy("特别复杂的投诉的答复期限（须批准）"),
    "feedback.other_days": lazy("其他反馈的答复期限"),
    "collection.calls_warn": lazy("同一号码一天内未接通几次起提醒"),
    "collection.calls_most": lazy("同一号码一天内未接通最多几次"),
    "collection.promise_kept_share": lazy("到账多少算兑现承诺"),
    "reminder.before": lazy("还款日前几天提醒"),
    "reminder.large_from": lazy("大额：每期应还不低于"),
    "reminder.large_before": lazy("大额：另外提前几天提醒"),
    "reminder.bullet_before": lazy("到期一次还清的：另外提前几天提醒"),
    "reminder.after": lazy("逾期后第几天提醒"),
    "reminder.after_every": lazy("之后每隔几天再提醒（0 为不再提醒）"),
    "reminder.digest_at": lazy("员工每日汇总的时间"),
    "reminder.single_due_from": lazy("今天到期、金额不低于此数的单独提醒"),
    "reminder.single_most": lazy("每人每天单独提醒的贷款最多几笔（其余在汇总里）"),
    "reminder.single_overdue": lazy("逾期第一天单独提醒"),
    "reminder.single_promise": lazy("承诺还款到期和未兑现单独提醒"),
    "reminder.single_complaint": lazy("投诉答复期限单独提醒"),
    "reminder.complaint_before": lazy("投诉答复期限前几天提醒"),
    "reminder.send_from": lazy("给客户发送提醒：最早"),
    "reminder.send_until": lazy("给客户发送提醒：最晚"),
    "reminder.quiet_from": lazy("禁止发送：自"),
    "reminder.quiet_until": lazy("禁止发送：至"),
    "reminder.texts_on": lazy("给客户发送还款提醒"),
    "reminder.texts_overdue": lazy("给客户发送逾期通知（视同催收）"),
    "reminder.texts_english": lazy("给客户的提醒用英文"),
    "reminder.help_phone": lazy("提醒中的咨询电话（留空用机构电话）"),
    "reminder.complaint_phone": lazy("提醒中的投诉电话"),
    "holiday.days": lazy("节假日和调休上班日"),
}

SOURCES: Final[Mapping[str, Any]] = {
    "house rule": lazy("本行规定"),
    "银发〔2003〕251号; confirm": lazy("银发〔2003〕251 号，请合规部门确认"),
    "贷款通则 art. 12; confirm": lazy("《贷款通则》第十二条，请合规部门确认"),
    "NFRA/PBoC cost disclosure rule of 2026": lazy(
        "金融监管总局、人民银行 2026 年综合成本明示规定"
    ),
    "民间借贷规定 art. 25; confirm": lazy("民间借贷司法解释第二十五条，请合规部门确认"),
    "court practice; confirm": lazy("司法实践，请合规部门确认"),
    "民间借贷规定 2015, replaced 2020; confirm": lazy(
        "2015 年民间借贷司法解释（2020 年已修改），请合规部门确认"
    ),
    "民间借贷规定; supervisors' guidance; confirm": lazy(
        "民间借贷司法解释及监管指导，请合规部门确认"
    ),
    "published LPR up to 2025-05-20; confirm and continue": lazy(
        "截至 2025-05-20 公布的 LPR，请核对并续录"
    ),
    "credit reporting custom; confirm": lazy("征信惯例，请合规部门确认"),
    "商业银行金融资产风险分类办法 2023 No. 1; confirm": lazy(
        "《商业银行金融资产风险分类办法》（2023 年第 1 号令），请合规部门确认"
    ),
    "Basel definition; confirm": lazy("巴塞尔协议定义，请合规部门确认"),
    "银行贷款损失准备计提指引": lazy("《银行贷款损失准备计提指引》"),
    "supervisory guide; confirm": lazy("监管指引，请合规部门确认"),
    "GB/T 45251-2025; 金融机构个人消费类贷款催收工作指引 2026": lazy(
        "GB/T 45251-2025；《金融机构个人消费类贷款催收工作指引（试行）》（2026 年）"
    ),
    "银行业保险业消费投诉处理管理办法 2020; confirm": lazy(
        "《银行业保险业消费投诉处理管理办法》（2020 年），请合规部门确认"
    ),
    "国务院办公厅节假日安排的通知; confirm and continue": lazy(
        "国务院办公厅历年节假日安排的通知，请核对并续录"
    ),
    "concentration limits; confirm": lazy("集中度监管要求，请合规部门确认"),
}
