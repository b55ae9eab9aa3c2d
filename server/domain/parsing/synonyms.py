"""The standard columns of a loan ledger, their labels, and what other ledgers call them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How a column's cells are read."""

    TEXT = "text"
    ENUM = "enum"
    BOOL = "bool"
    ID = "id"
    PHONE = "phone"
    CARD = "card"
    DATE = "date"
    MONEY = "money"
    RATE = "rate"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """A standard column: its field name, Chinese label, kind and the headings it is known by.

    The label and the field name themselves are headings too; `synonyms` are those beyond them.
    """

    field: str
    label: str
    kind: Kind
    synonyms: tuple[str, ...]


_T, _E, _B, _M, _R = Kind.TEXT, Kind.ENUM, Kind.BOOL, Kind.MONEY, Kind.RATE
_D, _N, _P, _I, _C = Kind.DATE, Kind.NUMBER, Kind.PHONE, Kind.ID, Kind.CARD


def _column(field: str, label: str, kind: Kind, chinese: str, english: str = "") -> Column:
    return Column(field, label, kind, (*chinese.split(), *filter(None, english.split(", "))))


COLUMNS: Final = (
    _column(
        "customer_no",
        "客户编号",
        _T,
        "客户号 客户代码 客户ID CIF号 客户内码 CIF",
        "customer id, client id, customer number, customer code, client number, client no",
    ),
    _column(
        "customer_name",
        "客户姓名",
        _T,
        "借款人 客户名称 借款人姓名 借款人名称 贷款人 贷户名称 户名 姓名 贷户 贷户姓名 客户 "
        "申请人 主借款人 主借人 贷款户 贷款户名 借款户名 企业名称 贷款人姓名 申请人姓名",
        "name, customer, client, borrower, borrower name, client name, full name",
    ),
    _column(
        "customer_type",
        "客户类型",
        _E,
        "客户类别 对公对私 个人/企业 对公/对私 客户性质",
        "client type",
    ),
    _column(
        "id_type",
        "证件类型",
        _E,
        "证件种类 证件类别",
        "document type",
    ),
    _column(
        "id_no",
        "证件号码",
        _I,
        "身份证号 身份证号码 身份证 公民身份号码 借款人证件号 证件号 证件编号 公民身份证号码 "
        "居民身份证号 居民身份证号码 身份号码",
        "id number, id card, id card number, identity number, national id, resident id",
    ),
    _column(
        "id_expiry_on",
        "证件到期日",
        _D,
        "身份证有效期 证件有效期至 证件失效日期 证件有效期 身份证到期日 证件到期日期 "
        "身份证有效期至 证件截止日期 身份证到期日期 身份证失效日期 证件失效日 身份证有效期限",
        "id expiry, id expiry date, id valid until",
    ),
    _column(
        "uscc",
        "统一社会信用代码",
        _T,
        "社会信用代码 信用代码 营业执照号 组织机构代码 营业执照号码 统一信用代码 营业执照注册号 "
        "组织机构代码证",
        "credit code, unified social credit code, business license, registration number",
    ),
    _column(
        "gender",
        "性别",
        _E,
        "客户性别",
        "sex",
    ),
    _column(
        "birth_on",
        "出生日期",
        _D,
        "出生年月 生日 出生年月日 出生日",
        "birthday, birth date, date of birth, dob",
    ),
    _column(
        "mobile",
        "手机号",
        _P,
        "联系电话 手机号码 联系方式 电话 移动电话 手机 电话号码 联系手机 联系电话号码",
        "phone, mobile number, mobile phone, phone number, cell phone, telephone, tel",
    ),
    _column(
        "mobile2",
        "备用电话",
        _P,
        "其他电话 第二联系电话 固定电话 座机 家庭电话 备用手机 备用手机号 备用联系电话 住宅电话 "
        "其他联系电话 固话",
        "second phone, other phone, landline, home phone",
    ),
    _column(
        "address",
        "住址",
        _T,
        "家庭住址 居住地址 现住址 联系地址 地址 家庭地址 通讯地址 居住地 户籍地址 常住地址 "
        "详细地址",
        "home address, residence",
    ),
    _column(
        "employer",
        "工作单位",
        _T,
        "单位名称 就职单位 经营实体名称 单位 就业单位",
        "company, work unit, workplace",
    ),
    _column(
        "occupation",
        "职业",
        _T,
        "从事行业 所属行业 行业 主营业务 经营项目",
        "industry, job, profession",
    ),
    _column(
        "monthly_income",
        "月收入",
        _M,
        "家庭月收入 月均收入 收入 个人月收入 月平均收入",
        "income, monthly salary",
    ),
    _column(
        "spouse_name",
        "配偶姓名",
        _T,
        "配偶 共同借款人 共借人 共同借款人姓名 共借人姓名",
        "spouse, co-borrower",
    ),
    _column(
        "emergency_contact",
        "紧急联系人",
        _T,
        "联系人 第一联系人 紧急联系人姓名 联系人姓名 第一联系人姓名",
        "contact, contact person, contact name, emergency contact name",
    ),
    _column(
        "emergency_phone",
        "紧急联系人电话",
        _P,
        "联系人电话 第一联系人电话 紧急联系电话 联系人手机 联系人手机号 紧急联系人手机 "
        "紧急联系人手机号 紧急联系人联系电话 紧急联系人联系方式 联系人联系方式",
        "contact phone, emergency contact phone",
    ),
    _column(
        "contract_no",
        "合同号",
        _T,
        "合同编号 借款合同号 贷款合同号 协议号 借款合同编号 贷款合同编号 合同号码 协议编号",
        "contract number, contract, agreement number, agreement no",
    ),
    _column(
        "iou_no",
        "借据号",
        _T,
        "借据编号 贷款账号 贷款号 台账编号 凭证号 借据号码 贷款编号 贷款帐号 借据流水号",
        "iou number, loan id, loan number, loan no, loan account",
    ),
    _column(
        "product",
        "贷款品种",
        _T,
        "产品名称 贷款产品 业务品种 贷种 科目 产品 品种 贷款种类 贷款类型 产品类型 品种名称 "
        "贷款品种名称 业务种类",
        "product name, loan product, loan type",
    ),
    _column(
        "purpose",
        "贷款用途",
        _T,
        "借款用途 用途 资金用途 具体用途",
        "loan purpose",
    ),
    _column(
        "credit_limit",
        "授信额度",
        _M,
        "授信金额 综合授信 额度 授信总额 授信总额度",
        "limit, credit line",
    ),
    _column(
        "principal_amount",
        "贷款金额",
        _M,
        "放款金额 借款金额 合同金额 发放金额 贷款本金 借据金额 借款本金 贷款发放额 贷款额 金额 "
        "放款额 贷款总额 借款额",
        "amount, loan amount, principal, disbursed amount, contract amount",
    ),
    _column(
        "principal_balance",
        "贷款余额",
        _M,
        "本金余额 余额 剩余本金 结欠本金 未还本金 借据余额 剩余贷款本金 贷款本金余额 当前余额 "
        "剩余金额 结欠余额 尚欠本金 期末余额",
        "balance, outstanding, outstanding balance, outstanding principal, loan balance",
    ),
    _column(
        "annual_rate",
        "年利率",
        _R,
        "执行利率 利率 贷款利率 执行年利率 合同利率 借款利率 年化利率 年息 合同年利率 贷款年利率 "
        "年利息率",
        "rate, interest rate, annual interest rate, yearly rate, apr",
    ),
    _column(
        "monthly_rate_permille",
        "月利率‰",
        _R,
        "月利率 月息 利率(月‰) 执行月利率 贷款月利率 合同月利率 月费率",
        "monthly rate, monthly interest rate",
    ),
    _column(
        "penalty_uplift",
        "罚息上浮",
        _R,
        "逾期加罚比例 罚息浮动比例 罚息利率 罚息上浮比例 逾期罚息上浮 加罚比例 逾期利率上浮 "
        "逾期上浮比例",
        "penalty rate",
    ),
    _column(
        "rate_type",
        "利率类型",
        _E,
        "利率方式 固定/浮动 定价方式 利率种类 利率浮动方式",
        "interest type",
    ),
    _column(
        "lpr_spread_bp",
        "LPR加点",
        _N,
        "加点 浮动点差 加减点(BP) 加减点 点差 LPR加减点 加点数",
        "spread, lpr spread",
    ),
    _column(
        "disbursed_on",
        "放款日",
        _D,
        "放款日期 发放日期 借款日期 起息日 贷款日期 起始日 发放日 起始日期 起息日期 借款日 "
        "贷款发放日 贷款起始日 借款起始日 贷款发放日期 开始日期 贷款日 放款时间 借款时间 "
        "合同起始日",
        "date, disbursement date, start date, loan date, issue date, disbursed, value date",
    ),
    _column(
        "maturity_on",
        "到期日",
        _D,
        "到期日期 贷款到期日 终止日 合同到期日 终止日期 借款到期日 截止日期 结束日期 贷款到期日期 "
        "合同终止日 到期时间 贷款终止日",
        "maturity, maturity date, end date, due date, expiry date",
    ),
    _column(
        "term_months",
        "期限(月)",
        _N,
        "期限 贷款期限 借款期限 期数 总期数 合同期限 贷款期数 还款期数 还款总期数",
        "months, term, duration, tenor, loan term, number of instalments",
    ),
    _column(
        "repay_method",
        "还款方式",
        _E,
        "偿还方式 还本付息方式 计息方式 还息方式 结息方式 贷款还款方式",
        "repayment method, payment method",
    ),
    _column(
        "repay_day",
        "还款日",
        _N,
        "每月还款日 扣款日 结息日 约定还款日 月还款日 固定还款日",
        "repayment day, payment day, due day",
    ),
    _column(
        "instalment_amount",
        "每期应还",
        _M,
        "月供 月还款额 期供 每月还款金额 每期还款额 每期应还金额 每月应还 月还款金额 每期还款金额 "
        "月供金额 每月还款额 期供金额 每月应还金额",
        "monthly payment, payment, payments, instalment, installment, monthly instalment",
    ),
    _column(
        "security_type",
        "担保方式",
        _E,
        "担保类型 担保 贷款方式 主担保方式 担保种类",
        "security, guarantee type",
    ),
    _column(
        "collateral",
        "抵质押物",
        _T,
        "抵押物 押品名称 抵押物描述 押品 质押物 抵押物名称 抵质押物名称",
        "collateral description",
    ),
    _column(
        "collateral_value",
        "押品评估值",
        _M,
        "评估价值 押品价值 抵押物评估价 评估值 抵押物价值 抵押物评估价值 抵押物评估值 评估价 "
        "押品评估价值 抵押价值 评估金额",
        "collateral value, appraised value",
    ),
    _column(
        "guarantor_name",
        "保证人",
        _T,
        "担保人 担保人姓名 担保人名称 保证人姓名 保证人名称",
        "guarantor, guarantor name",
    ),
    _column(
        "guarantor_id_no",
        "保证人证件号",
        _I,
        "担保人身份证号 担保人证件号 保证人身份证 担保人身份证 保证人身份证号 保证人证件号码 "
        "担保人证件号码 保证人身份证号码 担保人身份证号码",
        "guarantor id, guarantor id number",
    ),
    _column(
        "interest_due",
        "欠息",
        _M,
        "应收利息 拖欠利息 表内欠息 欠息金额 结欠利息 欠息余额 欠利息 未还利息 应还利息",
        "interest due, interest arrears, accrued interest",
    ),
    _column(
        "penalty_due",
        "罚息",
        _M,
        "应收罚息 罚息余额 逾期利息 罚息金额 欠罚息 拖欠罚息",
        "penalty, penalty due, penalty interest",
    ),
    _column(
        "overdue_principal",
        "逾期本金",
        _M,
        "逾期金额 拖欠本金 逾期贷款本金 逾期本金余额 逾期贷款余额 逾期余额 逾期贷款金额",
        "overdue amount, principal overdue, arrears, principal in arrears",
    ),
    _column(
        "dpd",
        "逾期天数",
        _N,
        "逾期日数 拖欠天数 欠款天数 本金逾期天数 当前逾期天数",
        "days past due, days overdue, overdue days",
    ),
    _column(
        "overdue_periods",
        "逾期期数",
        _N,
        "连续逾期期数 拖欠期数 累计逾期期数 逾期次数 当前逾期期数",
        "overdue instalments, overdue instalment count",
    ),
    _column(
        "five_class",
        "五级分类",
        _E,
        "五级形态 风险分类 贷款形态 分类结果 资产质量 五级分类结果 风险分类结果 五级 贷款分类 形态",
        "classification, risk class, loan class, five class",
    ),
    _column(
        "loan_status",
        "贷款状态",
        _E,
        "状态 借据状态 是否结清 结清状态 合同状态 账户状态",
        "status, state",
    ),
    _column(
        "extended",
        "是否展期",
        _B,
        "展期标志 展期次数 展期",
    ),
    _column(
        "restructured",
        "是否重组",
        _B,
        "重组标志 借新还旧 是否无还本续贷 重组 是否借新还旧 无还本续贷",
    ),
    _column(
        "officer",
        "客户经理",
        _T,
        "信贷员 管户经理 责任人 管护人 经办人 主办客户经理 管户人 客户经理姓名 信贷员姓名 "
        "管户客户经理 经办客户经理 主责任人 经办人员 管护经理",
        "loan officer, account manager, relationship manager, credit officer",
    ),
    _column(
        "branch",
        "经办机构",
        _T,
        "支行 机构名称 所属网点 营业部 管户机构 机构 网点 所属机构 经办行 支行名称 网点名称 "
        "经办支行 贷款机构 所属支行",
        "branch name, office",
    ),
    _column(
        "repay_account",
        "还款账号",
        _C,
        "还款卡号 扣款账号 银行卡号 结算账户 还款账户 还款帐号 扣款账户 扣款卡号 结算账号 卡号 "
        "还款帐户 银行账号 银行卡账号",
        "repayment account, bank account, account number, card number, bank card",
    ),
    _column(
        "last_paid_on",
        "最近还款日",
        _D,
        "上次还款日期 最后还款日 末次还款日 最近还款日期 上次还款日 最后还款日期 末次还款日期 "
        "最近一次还款日期 最近一次还款日",
        "last payment date, last paid, last repayment date",
    ),
    _column(
        "last_visit_on",
        "最近走访日",
        _D,
        "上次贷后检查日期 贷后检查日期 走访日期 最近走访日期 上次走访日期 贷后检查日 "
        "上次贷后检查日 最近贷后检查日期 最近贷后检查日 上次检查日期",
        "last visit, last visit date",
    ),
    _column(
        "writeoff_on",
        "核销日期",
        _D,
        "核销日 是否核销 核销时间",
        "write-off date, writeoff date",
    ),
    _column(
        "remark",
        "备注",
        _T,
        "说明 其他说明 备注信息 备注说明 附注",
        "remarks, note, notes, comment, comments",
    ),
)

PARTIES: Final = {
    "spouse": ("配偶", "共同借款人", "共同还款人", "共借人"),
    "guarantor": ("担保人", "保证人"),
    "emergency": ("紧急联系人", "第一联系人", "联系人"),
    "officer": (
        "主办客户经理",
        "管户客户经理",
        "客户经理",
        "信贷员",
        "管户经理",
        "经办人",
        "责任人",
    ),
    "other": (
        *("第二联系人", "第三联系人", "其他联系人", "单位联系人", "法定代表人", "法人代表", "法人"),
        *(
            "实际控制人",
            "股东",
            "抵押人",
            "出质人",
            "反担保人",
            "收款人",
            "受托支付",
            "代理人",
            "父亲",
        ),
        *("母亲", "子女", "亲属", "监护人", "审批人", "审查人", "调查人", "录入人", "复核人"),
    ),
}
"""People a heading may speak of other than the borrower, by the words it begins with."""

PARTY_FIELDS: Final = {
    ("spouse", "name"): "spouse_name",
    ("guarantor", "name"): "guarantor_name",
    ("guarantor", "id"): "guarantor_id_no",
    ("emergency", "name"): "emergency_contact",
    ("emergency", "phone"): "emergency_phone",
    ("officer", "name"): "officer",
}
"""What is kept of them; the rest of what a ledger says of them has no standard column."""

_IGNORED: Final = """
序号 序 编号 行号 合计 小计 总计 累计 共计 本页小计 本页合计 制表人 制表日期 制表 审核人 复核 填表人
填报人 填报单位 笔数 页码 no # index total subtotal sum row
"""
IGNORED: Final = frozenset(_IGNORED.split())
"""Headings of columns, and first cells of rows, that hold nothing of a loan."""
