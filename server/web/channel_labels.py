"""Words of the channels: hooks, how a delivery stands, and why one did not arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as lazy

CHANNEL_LABELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "notice_channel": {
        "web_push": lazy("浏览器通知"),
        "mail": lazy("邮件"),
        "hook": lazy("推送接口"),
    },
    "delivery_state": {
        "waiting": lazy("等待发送"),
        "sending": lazy("发送中"),
        "sent": lazy("已发送"),
        "dropped": lazy("不再需要"),
        "failed": lazy("失败"),
        "unknown": lazy("不确定是否送达"),
    },
    "hook_kind": {
        "json": lazy("签名的 JSON（自有系统）"),
        "wecom": lazy("企业微信群机器人"),
        "dingtalk": lazy("钉钉群机器人"),
        "sms": lazy("短信网关（JSON 模板）"),
    },
    "hook_audience": {
        "staff": lazy("发给员工的通知"),
        "customers": lazy("发给客户的短信"),
    },
    "delivery_error": {
        "": "",
        "quiet": lazy("免打扰时段，稍后发送"),
        "snoozed": lazy("已推迟，稍后发送"),
        "done": lazy("已办好"),
        "read": lazy("已在系统里看过"),
        "no_longer_true": lazy("事情已变，不必再提醒"),
        "reader_left": lazy("收件人已停用"),
        "not_wanted": lazy("收件人不用这个渠道"),
        "browser_gone": lazy("浏览器已取消订阅"),
        "hook_off": lazy("推送接口已停用"),
        "no_mail": lazy("没有邮箱或邮件服务器"),
        "too_late": lazy("已过时效"),
        "too_long": lazy("内容太长"),
        "no_outcome": lazy("发送途中程序中断，没有重发"),
        "host_rests": lazy("对方暂时没有应答，稍后再试"),
        "connect_error": lazy("连不上对方"),
        "connect_timeout": lazy("连接超时"),
        "read_timeout": lazy("等待应答超时"),
        "write_timeout": lazy("发送超时"),
        "read_error": lazy("连接中断"),
        "write_error": lazy("连接中断"),
        "remote_protocol_error": lazy("对方的应答不合规范"),
        "address_url": lazy("地址不正确"),
        "address_scheme": lazy("地址须以 https:// 开头"),
        "address_user": lazy("地址里不能有用户名"),
        "address_internal": lazy("地址在内网，没有获准"),
        "robot_answer": lazy("群机器人的应答无法理解"),
        "mail_not_set_up": lazy("没有设置邮件服务器"),
        "mail_no_tls": lazy("邮件服务器不支持加密连接"),
        "mail_tls": lazy("与邮件服务器的加密连接失败"),
        "mail_sign_in": lazy("邮件服务器拒绝登录"),
        "mail_connection": lazy("连不上邮件服务器"),
        "mail_no_answer": lazy("邮件服务器没有应答，没有重发"),
        "mail_address": lazy("邮箱地址不正确"),
        "http_400": lazy("对方认为请求有误（400）"),
        "http_401": lazy("对方拒绝签名（401）"),
        "http_403": lazy("对方拒绝（403）"),
        "http_404": lazy("对方没有这个地址（404）"),
        "http_410": lazy("对方的地址已失效（410）"),
        "http_413": lazy("对方认为内容太长（413）"),
        "http_429": lazy("对方要求放慢（429）"),
        "http_500": lazy("对方系统出错（500）"),
        "http_502": lazy("对方系统出错（502）"),
        "http_503": lazy("对方系统忙（503）"),
    },
}

CHANNEL_MESSAGES: Final[Mapping[str, Any]] = {
    "url.address_url": lazy("地址不正确。"),
    "url.address_scheme": lazy("地址须以 https:// 开头。"),
    "url.address_user": lazy("地址里不能有用户名和密码。"),
    "url.address_internal": lazy("这是内网地址。确要使用，请由运维写入 TAIZHANG_HOOK_HOSTS。"),
    "audience.robot_for_customers": lazy("群机器人不能给客户发短信。"),
    "template.not_json": lazy("模板不是 JSON。"),
    "template.not_an_object": lazy("模板须是一个 JSON 对象。"),
    "template.places": lazy("模板里要有 {phone} 和 {text}。"),
}

CHANNEL_ACTIONS: Final[Mapping[str, Any]] = {
    "hook.create": lazy("添加推送接口"),
    "hook.update": lazy("修改推送接口"),
    "hook.activate": lazy("启用推送接口"),
    "hook.deactivate": lazy("停用推送接口"),
    "hook.try": lazy("测试推送接口"),
    "subscription.add": lazy("打开浏览器通知"),
    "subscription.remove": lazy("关闭浏览器通知"),
    "push_key.renew": lazy("更换浏览器通知的密钥"),
}

CHANNEL_ENTITIES: Final[Mapping[str, Any]] = {
    "hook": lazy("推送接口"),
    "subscription": lazy("浏览器通知"),
    "push_key": lazy("浏览器通知的密钥"),
}

CHANNEL_FIELDS: Final[Mapping[str, Any]] = {
    "audience": lazy("发给谁"),
    "urgent_only": lazy("只发紧急通知"),
    "show_amounts": lazy("显示姓名和金额"),
    "url": lazy("地址"),
    "secret": lazy("签名密钥"),
    "authorization": lazy("Authorization 请求头"),
}
