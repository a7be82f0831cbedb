"""What a question wants to know (its intents), and the words that are left of its matter."""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

from chalicelib.catalogue.domain.search_text import plain, without_fillers
from chalicelib.core.masking import MASK

# What is asked of a guide, and what is asked of the product itself.
Topic = Literal[
    "bring", "cost", "long", "online", "where", "deliver", "who", "law", "call", "how", "find"
]
Deed = Literal["progress", "cancel", "complain"]
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)

_DEEDS: Final[Mapping[Deed, re.Pattern[str]]] = {
    "complain": re.compile(
        r"投诉|举报|乱收费|态度(?:很|太|非常|特别)?(?:差|恶劣|不好)|意见要提"
        r"|\bcomplain\w*|\brude\b|\breport (?:a|an|the|you)\b"
    ),
    "cancel": re.compile(
        r"取消|退号|改期|(?:改|换).{0,4}(?:预约|时间|日子)|预约.{0,6}(?:来不了|去不了|改)"
        r"|\bcancel\w*|\breschedul\w*|\b(?:change|move) my (?:appointment|booking|time)"
    ),
    "progress": re.compile(
        r"进度|(?:办|走)?到哪(?:一步|步|里|儿)?了?|审核.{0,4}(?:通过|结果|完)|批(?:下来|准)了?(?:没|吗)"
        r"|(?:办|做|弄|审)(?:好|完)了?(?:没|吗)|查.{0,4}(?:办件|申请|受理)"
        r"|\bprogress\b|\bstatus\b|\bwhere is my (?:application|case|file)|\bhow far\b"
        r"|\b(?:is|are) my (?=.{1,30}\b(?:ready|done|approved)\b)"
    ),
}
_TOPICS: Final[Mapping[Topic, re.Pattern[str]]] = {
    "cost": re.compile(
        r"多少(?:钱|元|块)|[花收交].{0,2}多少(?!天|[页张份])|(?:要|收|花|交).{0,3}(?:钱|费)|(?:工本|手续|登记|服务)?费用?(?:是)?(?:多少|吗)?"
        r"|什么价|价格|价钱|贵不贵|贵吗|免费|收钱"
        r"|\bhow much\b|\bcosts?\b|\bfees?\b|\bprice\b|\bcharged?\b|\bfree\b|\bexpensive\b"
        r"|\bpay for\b"
    ),
    "bring": re.compile(
        r"(?:准备|提交|需要|要带|要交|要用|要|带|交|用)(?:些|点|上|好|齐)?(?:什么|哪些|啥|哪几样|那些)"
        r"(?:样|种|个)?(?:的)?(?:材料|证件|资料|手续|东西|文件|证明|表格|表)?"
        r"|(?:什么|哪些|啥)(?:样的|样)?(?:材料|证件|资料|手续|东西|文件)|材料清单|所需材料|要件"
        r"|(?:要|需要?)不?带.{1,8}吗"
        r"|\bbring\b|\bpapers?\b|\bdocuments?\b|\bmaterials?\b|\brequire\w*"
        r"|\bwhat (?:do|does|should|will) (?:i|we|you|he|she|my \w+) (?:need|have to)"
    ),
    "long": re.compile(
        r"多久|多长时间|几天|几个工作日|多少天|多少个?工作日|什么时候能(?:拿|领|取|好|办)|当天|当场|马上"
        r"|时限|等多|办理时间|期限"
        r"|\bhow long\b|\bhow many (?:working )?days\b|\bsame day\b|\bhow soon\b"
        r"|\bwhen (?:will|can|do) (?:i|we|it) .{0,12}(?:get|ready|receive|collect)"
        r"|\btakes? .{0,10}days\b|\bhow quickly\b"
    ),
    "online": re.compile(
        r"网上|线上|在线|手机上|跑几[趟次]|几[趟次]|跑一?[趟次]|去几次|要跑|亲自|本人(?:去|到)|不用跑"
        r"|跑大厅|\bonline\b|\bin person\b|\bcome in\b|\bvisits?\b|\btrips?\b|\bhow many times\b"
        r"|\bfrom home\b|\bon my phone\b"
    ),
    "where": re.compile(
        r"(?:在|去|到|上)?(?:哪里|哪儿|哪个(?:大厅|窗口|地方|部门|派出所)|什么地方|哪)(?=.{0,3}(?:办|补|换|领|交|取|申|开|去|$))"
        r"|地址|地点|几点|上班时间|开门|关门|营业时间|周[六日末].{0,6}(?:办|开|上班)|大厅在"
        r"|\bwhere\b|\bwhich hall\b|\baddress\b|\bopening hours\b|\bwhat time\b|\bnearest\b"
        r"|\bopen (?:on|at|today|tomorrow)\b|\bwhen are you open\b"
    ),
    "deliver": re.compile(
        r"邮寄|寄到|寄给|寄回|能寄|可以寄|快递|送到家|送上门|送达|\bdeliver\w*|\bmail\w*|\bpost(?:ed)?\b"
        r"|\bcourier\b|\bsen[dt] (?:it )?(?:to|home)"
    ),
    "who": re.compile(
        r"什么条件|条件是|符合|资格|谁(?:可以|能)|什么人|哪些人|多大年龄|几岁|多少岁"
        r"|\bwho can\b|\beligib\w*|\bconditions?\b|\bqualif\w*|\bhow old\b|\bwhat age\b"
    ),
    "law": re.compile(r"法律依据|依据是|什么依据|哪条法|\blegal basis\b|\bwhich law\b"),
    "call": re.compile(r"电话|热线|打给谁|\bphone\b|\btelephone\b|\bhotline\b|\bcall\b"),
    "how": re.compile(
        r"怎么(?:办理?|弄|开|申请|补|换|领|操作)|如何|流程|步骤"
        r"|\bhow (?:do|can|to|should)\b|\bprocedure\b|\bsteps\b"
    ),
}
# Acts of an office: what has another act in its name is another matter.
_ACTS: Final = tuple(
    re.compile(act)
    for act in (
        r"丢|遗失|不见|被偷|掉了|挂失|补|\b(?:lost|lose|stolen|replac\w*|missing)\b",
        r"注销|撤销|吊销|\brevok\w*|\bclos(?:e|ing) (?:my|a|the)\b",
        r"变更|更改|更正|改名|改成|\bchang\w* (?:my|the|of)\b|\bcorrect\w*",
        r"贷款|抵押|\bloans?\b|\bmortgag\w*",
        r"年检|年审|年报|\binspect\w*",
        r"离婚|\bdivorc\w*",
    )
)
# Who asks, as it is left when the name or number was masked; it is no part of what is asked.
_PERSON: Final = re.compile(
    r"(?:我叫|我的名字[是叫]|我名叫|本人叫|姓名[是为：:]?|(?:我的)?(?:身份证|证件)(?:号码?)?[是为：:]?"
    r"|(?:我的)?(?:手机|电话|邮箱)(?:号码?)?[是为：:]?"
    r"|(?:my )?(?:name|id|phone|email)(?: number)?(?: is)?)?"
    rf"[ :：]*{re.escape(MASK)}",
    re.IGNORECASE,
)
# What is said around a matter and is no part of it: who it is for, and politeness.
_AROUND: Final = re.compile(
    r"我(?:们|妈|爸|爹|娘|家|老公|老婆|女儿|儿子|孩子|奶奶|爷爷)?|[你您](?:好|们)?|老人家|女朋友|男朋友|对象|爱人"
    r"|拿[得不]?到手?|领[得不]?到|[办拿]下来|到手|(?<=[办补换领])一?[本张份]"
    r"|第一次|首次|大概|一共|总共|到底|请教|麻烦|谢谢|刚|需要|必须|应该|能不能|可不可以|可以|是不是|有没有"
    r"|[给和跟把被让帮对等]|以后|之后|后|今天|明天|昨天|现在|下周|不见|那|还|呀|啊|呢|吧|吗|嘛|哦|哈|么|了"
)
_ENGLISH: Final = (
    "how what which when who does did should would could will there any anything if we he she they "
    "you your our his her father mother dad mum wife husband son daughter please hello hi thanks "
    "until take come person new one small about by be was were has had must also just this that "
    "these at from here us as ready done approved"
)
_ENGLISH_AROUND: Final = re.compile(rf"\b(?:{'|'.join(_ENGLISH.split())})\b")


_HALLS: Final = re.compile(
    r"你们|大厅|窗口|政务|行政|服务|中心|上班|一般|都|开|关|门|到|最近的?|离|近"
    r"|\bhalls?\b|\boffices?\b|\bservices?\b|\bopen\b|\bclosed?\b|\bnearest\b"
)


def is_of_halls(text: str) -> bool:
    """Tell whether nothing is asked about but the halls themselves."""
    return not without_fillers(_HALLS.sub(" ", matter_of(text)))


def without_person(masked: str) -> str:
    """Return a masked question without the places of names and numbers, and what leads to them."""
    return _PERSON.sub(" ", masked).strip()


def deed_of(text: str) -> Deed | None:
    """Return what is asked to be done, where that is no question about a guide."""
    said = plain(text)
    return next((deed for deed, pattern in _DEEDS.items() if pattern.search(said)), None)


def topics_of(text: str) -> list[Topic]:
    """Return what is asked of a guide, in the order in which it is said.

    How it goes in general is asked only where nothing is asked of it in particular.
    """
    said = plain(text)
    places = {
        topic: found.start()
        for topic, pattern in _TOPICS.items()
        if (found := pattern.search(said)) is not None
    }
    if len(places) > 1:
        places.pop("how", None)
    return sorted(places, key=lambda topic: places[topic])


def is_other_act(text: str, names: str) -> bool:
    """Tell whether a question is about an act of an office that what is called so is none of."""
    said, called = plain(text), plain(names)
    return any(act.search(said) and not act.search(called) for act in _ACTS)


def matter_of(text: str) -> str:
    """Return what a question is about: without what it wants to know and what is said around."""
    said = plain(text)
    for pattern in (*_DEEDS.values(), *_TOPICS.values(), _AROUND, _ENGLISH_AROUND):
        said = pattern.sub(" ", said)
    return without_fillers(said)
