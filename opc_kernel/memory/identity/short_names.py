"""First names that stand for one another, in German and English: a short form and the whole one."""

from __future__ import annotations

FAMILIES = """
alexander alex sascha sasha xander; alexandra alex sandra sascha; andreas andi andy andrew drew; anthony tony
anton toni; barbara babsi barb; benjamin ben benny; bernhard bernd; charles charlie chuck; christian chris
christoph christopher kit; christina christine chris tina; daniel dan danny; david dave; dietrich dieter;
edward ed eddie ted; elisabeth elizabeth lisa liz beth betty elsa lisbeth sissi; franz franziskus; franziska
franzi; friedrich fritz fred frederick freddy; gabriele gabi gaby; georg george jorg joerg; gerhard gerd gert;
gregor gregory greg; guenter guenther gunter gunther; heinrich heinz harry henry; helmut hellmut; hubert
hubertus; jakob jacob jake; james jim jimmy; jennifer jenny jen; jessica jess; johann johannes hans hannes
john jack jan; johanna hanna hannah; jonathan jon; josef joseph joe sepp jupp; joshua josh; jurgen juergen;
karl carl; katharina kathrin katrin kathi kati catherine katherine kate kathy; klaus claus nikolaus niklas
nicholas nick; konstantin constantin; kristina christina; lukas lucas luke; magdalena lena magda; manfred
fred; margarete grete gretel margaret maggie peggy meg; maria marie mary; markus marcus marc mark; martin
marty; matthias mathias matthew matt; maximilian max; michael micha mike mick michi; monika moni monica;
nathaniel nathan nate; oliver olli ollie; patricia pat patty trish; patrick pat paddy; peter pete; philipp
philip phil; rebecca becky; richard rick rich dick; robert rob bob bobby bert; rudolf rudi ralph; samuel sam;
sebastian basti wastl; siegfried sigi; stefan stephan steffen stephen steven steve; stefanie stephanie steffi;
susanne susi susan sue; theodor theodore theo ted; theresa teresa resi tess; thomas tom tommy; timothy tim;
ulrich uli ulli; ulrike uli; ursula uschi ulla; valentin valentine; veronika vroni veronica; victoria viktoria
vicky; viktor victor vic; walter walther walt; werner wernher; wilhelm willi william bill will billy willy;
wolfgang wolf; zachary zach
"""


def _stands_for() -> dict[str, frozenset[str]]:
    families = [frozenset(family.split()) for family in FAMILIES.split(";")]
    names = frozenset().union(*families)
    return {name: frozenset().union(*(each for each in families if name in each)) for name in names}


STANDS_FOR = _stands_for()


def is_short_for(left: str, right: str) -> bool:
    """Whether one of two folded first names may stand for the other."""
    return right in STANDS_FOR.get(left, ())
