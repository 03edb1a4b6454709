# ruff: noqa: E501
"""What gives a programming language away: forms that few other languages write, with their weights.

3 for what hardly any other language has (`std::`, `defmodule A do`), 2 for what one other may have, 1 for what
merely fits. All of them are looked for in one pass by RE2 (Cox, 2010, "Regular Expression Matching in the Wild"),
whose time is linear in the text: 440 signs take about 0.2 ms on 40 lines.
"""

from collections import Counter
from functools import cache
from typing import Any

# fmt: off
_SIGNS: dict[str, dict[int, tuple[str, ...]]] = {
    "python": {
        3: (r"^[ \t]*(?:async )?def \w+\([^\n]*\)[^\n{]*:[ \t]*(?:#[^\n]*)?$",
            r"""^[ \t]*(?:from [\w.]+ import |if __name__ == ['\"]__main__)""",
            r"^[ \t]*(?:elif\b[^\n]*|except\b[^\n]*|class \w+(?:\([^\n]*\))?|with [^\n]* as \w+):[ \t]*$",),
        2: (r"^[ \t]*import \w+(?:\.\w+)*(?: as \w+)?(?:, \w+)*[ \t]*$",
            r"^[ \t]*(?:for \w+(?:, ?\w+)* in [^\n]*|if [^\n{]*|while [^\n{]*|else|try|finally):[ \t]*(?:#[^\n]*)?$",
            r"\bself\.\w", r"^[ \t]*@\w+[\w.]*$", r"\blambda \w+:", r"\bNone\b", r"^>>> ",),
        1: (r"""\bprint\(f?['\"]""", r"\b(?:len|range|str|int|sorted|enumerate)\(",),
    },
    "javascript": {
        3: (r"\bconsole\.(?:log|error|warn)\(", r"\bmodule\.exports\b", r"\bdocument\.\w+\(",
            r"""\brequire\(['\"]""", r"""^import (?:[\w*{][^;\n]* from )?['\"][^'\"\n]+['\"];?[ \t]*$""",
            r"^export (?:default |const |class |\{)",),
        2: (r"^[ \t]*(?:export (?:default )?)?(?:async )?function\*? ?\w* ?\([^):\n]*\) ?\{",
            r"^[ \t]*(?:const|let|var) (?:\w+|\{[^}\n]*\}|\[[^\]\n]*\]) ?= ", r"(?:\([^()\n]*\)|\b\w+) => ",
            r"===", r"!==",),
        1: (r"\bnew (?:Map|Set|Promise|Error|Array)\b", r"\bawait \w", r"\bthis\.\w+ =", r"""\bdescribe\(['\"]""",),
    },
    "java": {
        3: (r"\bSystem\.(?:out|err)\.print", r"\bpublic static void main\(String",
            r"^import (?:static )?(?:java|org|com)\.[\w.*]+;",),
        2: (r"^package [\w.]+;", r"@Override\b", r"\bfinal (?:class|int|String|List)\b", r"\bthrows \w+",
            r"\bextends \w+[^\n]*\{",
            r"^[ \t]*(?:public|private|protected)(?: (?:static|final|abstract))* (?:class|[\w<>\[\], ?]+ \w+\()",
            r"\bnew (?:ArrayList|HashMap|Scanner|HashSet|StringBuilder|LinkedList)\b", r"\bString(?:\[\])? \w+",
            r"\.length\(\)",),
        1: (r"\bimplements \w+", r"\bboolean \w+", r"\bint\[\] \w+", r"\bSystem\.\w+\(",),
    },
    "csharp": {
        3: (r"^using [A-Z][\w.]*;", r"\bConsole\.(?:Write|Read)", r"\bnamespace [A-Z][\w.]*[ \t]*(?:[;{]|$)",
            r"\bforeach \((?:var|\w+) \w+ in ", r"\{ ?(?:get|set|init);",
            r"\bstatic (?:async )?(?:void|int|Task) Main\(", r"\bout (?:int|var) \w+", r"\bnameof\(",),
        2: (r"\bstring(?:\[\])? \w+", r"\bvar \w+ = new\b", r"\.(?:Length|Count|ToList|ToString|Select|Where)\b",
            r"\bthis \w+ \w+",
            r"^[ \t]*(?:public|private|protected|internal)(?: (?:static|sealed|override|async|virtual|readonly|abstract))* (?:class|record|struct|interface|[\w<>\[\], ?]+ [A-Z]\w*(?:<\w+>)?\()",),
        1: (r"\bbool \w+", r"///[ \t]*<", r"\bIEnumerable<", r"=> [^\n;]*;[ \t]*$",
            r"\[(?:Fact|Test|Theory|TestCase)",),
    },
    "c": {
        3: (
            r"^[ \t]*#[ \t]*include[ \t]*<(?:stdio|stdlib|string|stdint|stdbool|unistd|math|ctype|assert|errno|limits)\.h>",),
        2: (r"\bprintf\(", r"\bscanf\(", r"\bmalloc\(", r"\bfree\(\w", r"\bsizeof[ (]", r"\bstruct \w+ ?\*",
            r"\bchar ?\*", r"^[ \t]*#[ \t]*(?:define|ifdef|ifndef|include)\b",
            r"^typedef (?:struct|enum|unsigned)\b",
            r"^(?:static |inline |const |unsigned |struct )*(?:void|int|char|double|float|long|size_t|bool|uint\d+_t|int\d+_t)\b[ *]+\w+\([^\n]*$",),
        1: (r"\bunsigned \w+", r"\w+->\w+", r"\bNULL\b", r"\bint \w+\[", r"\bint \w+ ?[;=,]",),
    },
    "cpp": {
        3: (r"\bstd::\w", r"^using namespace std", r"\bcout ?<<", r"\bcin ?>>", r"^[ \t]*template ?<",
            r"\b(?:public|private|protected):[ \t]*$",
            r"^[ \t]*#[ \t]*include[ \t]*<(?:iostream|vector|string|map|algorithm|memory|cassert|c[a-z]+|set|queue|array|functional|thread|utility|optional|unordered_map|unordered_set|stack|fstream|sstream|numeric)>",),
        2: (r"\bnullptr\b", r"\b(?:static|dynamic|const|reinterpret)_cast<", r"\bvector<", r"\w+::\w+\(",
            r"^namespace \w+", r"\bconstexpr\b", r"\bconst (?:\w|::)+(?:<[^\n>]*>)? ?&",
            r"\boperator ?[=<>+\[(*-]", r"\bvirtual \w", r"\bclass \w+[^\n;{]*\{?$", r"\b\w+ ?& ?\w+[,)]",),
        1: (r"^[ \t]*#[ \t]*include\b", r"\bauto [&\w]", r"\bint \w+\(", r"\bdelete \w", r"\bint \w+ ?[;=]",),
    },
    "go": {
        3: (r"^package \w+$", r"^func (?:\(\w+ \*?[\w\[\], ]+\) )?\w+(?:\[[^\]\n]*\])?\(",
            r"\bfmt\.(?:Print|Sprint|Errorf|Fprint)", r"\w :?= range ", r"\bif err != nil", r"\bgo func\(",
            r"\bmake\((?:chan|map|\[\])", r"\bchan \w", r"^type \w+ (?:struct|interface) ?\{",),
        2: (r"^[ \t]*[\w, ]+ := ", r"\bmap\[\w+\]", r"\bfunc\(", r"\bdefer \w",
            r"\[\](?:int|string|byte|float64)\b",),
    },
    "rust": {
        3: (r"\bfn \w+(?:<[^\n(]*>)?\([^\n)]*\)(?: ->|[ \t]*\{)", r"\blet mut \w", r"\bprintln!\(",
            r"^[ \t]*(?:pub(?:\([^)\n]*\))? )?(?:fn|struct|enum|trait|mod|use) \w", r"^[ \t]*impl\b[^\n]*\{",
            r"^[ \t]*#!?\[\w", r"&mut \w", r"\bvec!\[", r"\.unwrap\(\)", r"\b(?:assert_eq|format|panic)!\(",),
        2: (r"&str\b", r"\bSome\(", r"\bOk\(", r"\b(?:Vec|Option|Result|Box)<", r"\b[iu](?:8|16|32|64|size)\b",
            r"\bmatch [^\n]+ \{",),
    },
    "ruby": {
        3: (r"^[ \t]*def (?:self\.)?\w+[?!]?(?:\([^\n]*\))?[ \t]*$", r"\bputs\b[ (]", r"\.each(?:_\w+)? (?:do|\{)",
            r"\bdo \|[^|\n]+\|", r"\{ ?\|[^|\n]+\|",
            r"""^[ \t]*(?:require(?:_relative)? ['\"]|attr_(?:reader|writer|accessor) :|module [A-Z]\w*$|elsif |unless )""",),
        2: (r"^[ \t]*(?:class [A-Z]\w*(?: < [\w:]+)?|begin|rescue\b[^\n]*)$", r"@\w+ ?=", r"\.nil\?", r"\.\w+\?",
            r"&:\w+", r"\w: :\w",),
        1: (r"^[ \t]*end$", r"#\{[^}\n]*\}", r"^[ \t]*(?:if|while) [^\n:{]*$",),
    },
    "php": {
        3: (r"<\?php", r"<\?=", r"\bfunction \w*\([^\n)]*\$\w", r"\$this->", r"""\becho ['\"$]""",
            r"\bforeach ?\(\$",),
        2: (r"\$\w+ = (?:\[|array\(|new )", r"\$\w+->\w", r"^use [A-Z]\w*\\", r"^namespace [A-Z]\w*(?:\\\w+)*;",),
        1: (r"^[ \t]*\$\w+ [.+-]?= [^\n]*;$", r"\$\w+\[\$?\w+\]",),
    },
    "swift": {
        3: (r"\bfunc \w+(?:<[^\n(]*>)?\((?:_ |\w+ )?\w+: [^\n]*(?:->|\{)", r"\bguard (?:let|var|case)\b",
            r"\bif let \w+ = ", r"^[ \t]*(?:public |private )?(?:extension|protocol) \w+[^\n]*\{$",
            r"^import (?:Foundation|SwiftUI|UIKit|XCTest|Testing|Combine)\b",
            r"\bfunc \w+\(\)(?: throws| async)?(?: ->[^\n]*)? ?\{", r"\.\.<", r"\binout \w",
            r"@(?:State|Published|main|discardableResult)\b",
            r"^import (?:PackageDescription)$|\blet package = Package\(",
            r"^[ \t]*(?:public |private )?enum \w+(?:: \w+(?:, \w+)*)? \{",
            r"@testable import|\bXCTAssert|#expect\(",),
        2: (r"\b(?:let|var) \w+(?:: \[?\w+[\]?!]*)? ?=", r"\bself\.\w", r"\binit\(", r"\\\(\w",
            r"\[(?:Int|String|Character|Double)\]", r"\bstruct \w+(?:: \w+)?[^\n]*\{$",
            r"^[ \t]*case \w+(?:, \w+)*$",
            r"\bfunc \w+\([^\n]*\)[^\n]*(?:->|\{)|\bvar \w+: \w+\??(?: \{|$)|\bclass func\b|\blet \w+: \w",),
        1: (r"\bprint\(", r"\?\? ", r"\b(?:Int|Double|Bool)\b", r"\bnil\b",),
    },
    "kotlin": {
        3: (r"\bfun (?:<[^\n>]*> )?(?:\w+\.)?\w+\([^\n]*", r"\bval \w+(?:: [\w<>?, ]+)? (?:=|by)",
            r"\bwhen ?(?:\([^\n]*\) ?)?\{", r"\b(?:data|sealed|open|enum) class \w", r"\bcompanion object\b",
            r"^[ \t]*fun `",),
        2: (r"\b(?:mutableListOf|listOf|mapOf|arrayOf|mutableMapOf|IntArray|setOf)\b", r"\bprintln\(",
            r"\?\.let\b", r"\?:", r"\bit\.\w", r"\b\w+: (?:Int|String|List<\w+>|Boolean)\b", r"\buntil \w",
            r"\bdownTo\b", r"\bval \w+(?:: [\w<>?, ]+)? (?:=|by) ", r"^import (?:kotlin|org)\.[\w.]+$",
            r"\bclass \w+\((?:private )?va[lr] \w|\bobject \w+ \{", r"\bfun \w+\([^\n)]*\)(?:: \w[\w<>?]*)? = ",),
        1: (r"^package [\w.]+$", r"^import [\w.]+$", r"\boverride fun\b", r"\bvar \w+",),
    },
    "scala": {
        3: (r"\bdef \w+(?:\[[^\n\]]*\])?(?:\([^\n]*\))*(?:: [^\n=]+)? =(?: |$)", r"\bcase class \w",
            r"^[ \t]*(?:case )?object \w+", r"\bextends App\b", r"^[ \t]*trait \w",
            r"\bextends (?:AnyFunSuite|AnyFlatSpec|FlatSpec|FunSuite|AnyWordSpec)\b|\bshould(?:Be|Equal)? ",),
        2: (r"\bcase [^\n]+ =>", r"\b(?:Seq|List|Option|Map|Array|Vector)\[", r"\bmatch ?\{", r"^import scala\.",
            r"\bfor \(?\w+ <- ", r"^import (?:org\.scala|scala\.)", r"^import \w+(?:\.\w+)+(?:\.\{[^\n}]*\}|\._)$",),
        1: (r"\bnew \w+", r"^package [\w.]+$", r"\byield\b", r": (?:Int|String|Boolean)\b",
            r"\bval \w+(?:: [^\n=]+)? = ", r"^[ \t]*object \w+(?: extends [\w.]+)?(?: \{|:)?$",
            r"\bpending\b|\bassert\([^\n]*===",),
    },
    "haskell": {
        3: (r"^[ \t]*(?:\w[\w']*|\([^\w\s()]+\))(?:, \w+)* :: [^\n]+",
            r"^module [A-Z][\w.]*(?: \([^\n]*\)?)?(?: where)?$",
            r"^import (?:qualified )?[A-Z][\w.]*(?: (?:as|hiding|\()[^\n]*)?$", r"\bwhere$",),
        2: (r"^(?:data|newtype|instance|type) [A-Z]\w*", r"\b(?:foldr|mapM_|putStrLn|fmap|otherwise)\b",
            r"\w <- \w", r"^main = do\b", r"\\\w+ ->", r"\{-#",),
        1: (r"^\w[\w']*(?: [\w'()\[\]:,]+)* = ", r"^[ \t]*\| [^\n]* = ", r" \$ ", r" \. ", r"--",),
    },
    "lua": {
        3: (r"^[ \t]*local (?:function )?[\w, ]+(?: = |\(|$)", r"\bfunction [\w.:]+\([^\n)]*\)[ \t]*$", r"\bthen$",
            r"~= ", r"\b(?:ipairs|pairs)\(",),
        2: (r"\bfor [\w, ]+ ?(?:=|in) [^\n]+ do$", r"""\.\. ?['\"\w]""", r"""['\"\w)] ?\.\.""",
            r"^[ \t]*elseif [^\n]+ then", r"\bstring\.\w+\(", r"\btable\.\w+\(",),
        1: (r"^[ \t]*end\)?,?$", r"\bnil\b", r"^[ \t]*--",),
    },
    "perl": {
        3: (r"^[ \t]*use (?:strict|warnings|v5|parent|Test)\b", r"\bmy [\$@%(][\w$@%]", r"^[ \t]*sub \w+ ?\{",
            r"^[ \t]*sub \w+ ?\([$@%\w, ]*\)", r"\$_\[", r"@_\b", r"=~ ?[ms/]",),
        2: (r"\bforeach my \$", r"^[ \t]*package [\w:]+;", r"\bqw[(/<]", r"\$\w+->[\[{]",
            r"\b(?:chomp|bless|shift|push)\b", r"\bour [$@%]",),
        1: (r"^[ \t]*\$\w+ = ", r'\bprint \"', r"\bunless\b", r"\belsif\b",),
    },
    "r": {
        3: (r"\b[\w.]+ ?<- ?function\(", r'^[ \t]*[\w.$\[\]\"]+ ?<- ?[\w\"(\[-]', r"%>%", r"%in%", r"%%[^\n]*\)",
            r"\blibrary\(\w", r"\|> ",),
        2: (r"""\bc\((?:\d|['\"])""", r"\b(?:TRUE|FALSE|NULL|NA)\b", r"\bdata\.frame\(", r"\bggplot\(",
            r"\bpaste0?\(", r"\bseq_(?:along|len)\(",),
        1: (r"\bfunction\([^\n]*\) ?\{", r"\bcat\(", r"\blength\(",),
    },
    "julia": {
        3: (r"^[ \t]*function [\w.!]+(?:\{[^\n}]*\})?\([^\n]*\)(?:::\w[^\n]*)?(?: where [^\n]*)?$",
            r"::(?:Int|Float64|String|Vector|Abstract\w+|Union|Number|Bool)\b",
            r"^[ \t]*(?:mutable )?struct \w+(?: <: \w+)?$", r"^[ \t]*using [A-Z]\w*(?:[:,][^\n]*)?$",
            r"@(?:test|testset|assert|inbounds|time)\b", r'\bprintln\(\"[^\n]*\$',
            r"\bfor \w+ (?:in|=|∈) [^\n]+:[^\n]+[^:{]$", r"^[ \t]*(?:function \w|\w+\([\w, ]*\) = )[^\n]*",
            r"\bin (?:\d+|\w+):(?:\w+|\d+)\b",),
        2: (r"^[ \t]*\w+!?\([^\n]*\) = ", r"\bpush!\(", r"\.[+*/^-]=? ", r"\bend\]",
            r"\b(?:Dict|zeros|ones|Vector|Set)\b[({]", r"\bnothing\b", r'^\"\"\"$', r"\bdo \w+$",
            r'^using \w|^include\(\"|\bthrow\(\w+Error\(|\bisa \w|\beachindex\(|\berror\(\"',
            r"^[ \t]*@\w+ [^\n(]*|\belse?if [^\n:{]*$", r"^[ \t]*return [^\n;]*[^;\n{]$\n[ \t]*end$",),
        1: (r"^[ \t]*end$", r"^[ \t]*elseif [^\n]+$", r"\blength\(", r"\breturn \w", r"^[ \t]*#",),
    },
    "bash": {
        3: (r"\A#!/[^\n]*\b(?:ba|z|k|da)?sh\b", r"^[ \t]*(?:if|while|elif) (?:\[\[? |!? ?\w[^\n(]*; ?then)",
            r"; ?(?:then|do)$", r"^[ \t]*(?:fi|esac|done)\b",),
        2: (r"\$\(\(?\w", r'\"\$\{?[\w@#?!*]+\}?\"', r"^[ \t]*\w+\(\) ?\{", r"\$\{\w+[^\w\n]",
            r"^[ \t]*local \w+=", r'\becho \"?[\w$-]',
            r"^[ \t]*(?:\$ )?(?:sudo|apt-get|apt|cd|mkdir|curl|git|docker|npm|pip3?|chmod|export|source|grep|cat|rm|kubectl|ls) [\w.~/-]+[^\n;=(]*$",),
        1: (r'^[ \t]*[A-Z_]+=[\"$\w/.]', r"\| (?:grep|awk|sed|sort|wc|head)\b", r" [|>]&", r"2>&1", r"/dev/null",),
    },
    "sql": {
        3: (
            r'(?i)^[ \t(]*(?:select [\w*.,() \"]+\s+from \w|select (?:distinct )?[\w*.(]+,?$|insert into \w|create (?:or replace )?(?:table|index|view|database|trigger|procedure|function|unique)\b|delete from \w|drop table\b|alter table\b)',
            r'(?i)^[ \t]*update [\w.\"`]+\s+(?:as \w+\s+)?set\b',
            r"(?i)^[ \t]*with (?:recursive )?\w+(?: ?\([^)\n]*\))? as ?\(",),
        2: (r"(?i)\b(?:order|group|partition) by\b", r"(?i)\b(?:inner|left|right|outer) join\b",
            r"(?i)\bwhere \w+[\w. ]*(?:=|in|like|is)\b", r"(?i)\bprimary key\b", r"(?i)\bvarchar\b",
            r"(?i)^[ \t]*select\b", r"(?i)\bfrom \w+[^\n=({]*[,;)]?$",
            r"(?i)^[ \t]*(?:where|group by|order by|having|limit|values|union(?: all)?)\b",
            r"(?i)\b(?:count|sum|avg|max|min|coalesce|row_number|round|replace|substr)\([^\n]*\) (?:as|over) \w",
            r"^(?:UPDATE|SET|INSERT|PRAGMA|DROP|WITH|BEGIN|COMMIT)\b", r"\bCASE WHEN\b|^[ \t]+WHEN [^\n]+ THEN\b",),
        1: (r"(?i)\b(?:int|integer|text|varchar\(\d+\)) (?:primary key|not null|references)",),
    },
    "html": {
        3: (r"(?i)<!doctype html", r"(?i)<html\b",
            r"(?i)</(?:div|body|head|ul|p|table|form|section|script|style|span|nav|button|h[1-6])>",),
        2: (r"(?i)<(?:div|input|img|br|meta|link|a|label|li)\b[^<>\n]*>",
            r'(?i)^[ \t]*</?\w+(?:-\w+)*(?: [\w-]+(?:=\"[^\"\n]*\")?)*>[ \t]*$',),
    },
    "css": {
        3: (
            r"^[ \t]*(?:[.#]?[a-zA-Z*][\w-]*(?:[ \t]*[ >+~,.:#][ \t]*[\w.#:()*-]+)*|::?[\w-]+|\[[^\]\n]+\])[ \t]*,?\s*\{\s*(?:/\*[^\n]*\*/\s*)?[a-z-]+[ \t]*:[^\n{]*;",
            r"@media [^\n]*\{", r"@(?:keyframes|font-face|import url)",
            r"^[ \t]*(?:margin|padding|color|background|display|font-size|border|width)(?:-[a-z]+)*:[^\n{]+;",),
        1: (r":[ \t]*[\d.]+(?:px|em|rem|%|vh)\b", r"#[0-9a-fA-F]{3,6};",),
    },
    "dart": {
        3: (r"""^import ['\"](?:dart|package):""", r"\bvoid main\((?:List<String> \w+)?\)(?: async)? ?(?:\{|=>)",
            r"\bWidget build\(", r"\bList<\w+> \w+ = (?:\[|<)", r"\blate (?:final )?\w",),
        2: (r"\bfinal \w+ = ", r"\b(?:const|final) \w+ \w+ =", r"\bFuture<\w*>", r"\basync \{", r"@override\b",
            r"\bextends State\w+", r"\b(?:group|test|expect)\(", r"\brequired this\.", r"\b\w+\(this\.\w",
            r"\$\{\w", r"'[^'\n]*\$\w", r"\bprint\('", r"\bString (?:get )?\w+", r"\bbool \w+\(",
            r"\bvar \w+ = (?:\[|\w)", r"\b(?:List|Map)<\w+(?:, ?\w+)?> \w+", r"\bint \w+ = \w",),
        1: (r"\bnew \w+", r"\bdynamic \w", r"\?\? ", r"\.length;", r"\bint \w+", r"\bdouble \w+", r"\bassert\(",),
    },
    "elixir": {
        3: (r"^[ \t]*defmodule [\w.]+ do$",
            r"^[ \t]*defp? \w+[?!]?(?:\([^\n]*\))?(?: when [^\n]*)?(?:,? do\b|, do:)", r"\|> \w+",
            r"\bIO\.(?:puts|inspect)",),
        2: (r"\bfn [^\n]*->", r"@(?:spec|doc|moduledoc|impl)\b", r"\bEnum\.\w+", r"%\{\w+", r"&\d\b", r"\{:\w+,",
            r"^[ \t]*(?:test|use|alias) ", r"\bdo:",),
        1: (r"^[ \t]*end$", r"#\{", r"\bcase [^\n]+ do$",),
    },
    "ocaml": {
        3: (r"^[ \t]*let (?:rec )?(?:\w[\w']*|\(\))(?: [\w'()~:?*,_]+)* ?(?:: [^\n=]+)?=",
            r"\bmatch [^\n]+ with\b", r"\bfunction$", r"\b(?:List|Printf|String|Array|Hashtbl)\.[a-z]\w+ ", r";;$",),
        2: (r"\bin$", r"\|> ", r"^[ \t]*\| [^\n]+ -> ", r"\bopen [A-Z]\w*", r"\(\*[^\n]*\*?\)?",
            r"\bfun \w[^\n]* ->", r"\btype '?\w+ ", r":: ?\w", r"\bmodule [A-Z]\w* ", r"\bval \w+ :",
            r"\bbegin match\b", r" @ ",),
    },
    "fortran": {
        3: (r"(?i)^[ \t]*(?:end )?(?:program|subroutine|module)(?: \w+)?(?: ?\([^\n)]*\))?[ \t]*$",
            r"(?i)\bimplicit none\b", r"(?i)^[ \t]*(?:integer|real|logical|character|type|complex)\b[^\n]*:: ?\w",
            r"(?i)^[ \t]*(?:end if|end do|enddo|endif)\b", r"(?i)^[ \t]*print ?\*,",),
        2: (r"(?i)\bcall \w+\(", r"(?i)\bintent ?\((?:in|out|inout)\)", r"(?i)\bwrite ?\(\*",
            r"(?i)\.(?:and|or|not|true|false|eq|ne|lt|gt)\.", r"(?i)\bif ?\([^\n]*\) then$",
            r"(?i)\bdo \w+ ?= ?\w+ ?,", r"(?i)^[ \t]*contains$", r"(?i)^[ \t]*end function",),
        1: (r"^[ \t]*!",),
    },
    "matlab": {
        3: (r"^[ \t]*function (?:\[?[\w, ]+\]? ?= ?)?\w+(?:\([\w, ~]*\))?;?[ \t]*(?:%[^\n]*)?$",
            r"\b(?:fprintf|disp|zeros|ones|numel|linspace|clc|figure|plot)\b ?[(';]", r"\.\^", r"\.\*", r"\./",
            r"^[ \t]*(?:endfunction|endif|endwhile|endfor);?$",),
        2: (r"^[ \t]*for \w+ ?= ?[^\n:]*:[^\n]*$", r"^[ \t]*\w+ ?= ?\[[^\n]*\];", r"~=",
            r"^[ \t]*\w+(?:\([^\n=]*\))? = [^\n]*;[ \t]*$", r"^[ \t]*elseif\b", r"^clear\b", r"^close all",
            r"^[ \t]*%+ ",),
        1: (r"^[ \t]*(?:end|endfunction|endif|endwhile);?$", r"\bend$",),
    },
    "powershell": {
        3: (
            r"\b(?:Get|Set|New|Write|Invoke|Remove|Add|ForEach|Where|Import|Select|Out|Start|Test|ConvertTo|Should)-[A-Z]\w+",
            r"^[ \t]*\[?(?:CmdletBinding\(|param ?\($|Parameter\()", r"\$_\.\w", r"^[ \t]*function [A-Z]\w+-\w+",),
        2: (r"\[(?:string|int|bool|object|array|switch|math|double|hashtable)(?:\[\])?\] ?\$?",
            r"(?i:\s-(?:eq|ne|gt|lt|match|like|join|split|and|or|not)\s)", r"\$\w+ = @[({]", r"<#",
            r"\$(?:true|false|null)\b",),
        1: (r"^[ \t]*\$\w+(?:\.\w+)? \+?= ", r"\| %",),
    },
    "zig": {
        3: (r'@import\(\"', r"\bpub fn \w+\(", r"\btry \w[\w.]*\(",
            r"\bstd\.(?:debug|mem|testing|heap|ArrayList)\b", r"\bcomptime \w", r"![\w.]+ \{", r"\banyerror\b",
            r"@(?:intCast|as|intFromEnum|ptrCast)\(", r"\[\]const u8",),
        2: (r"\bconst \w+ = (?:struct|enum|error|union)\b", r"\bvar \w+: \w+ = ", r"\b[iu](?:8|16|32|64|size)\b",
            r"\|\w+\| ?\{?", r"\borelse\b", r'\btest \"', r"\.\{",),
    },
    "typescript": {
        3: (r"\binterface \w+(?:<[^\n>]*>)?(?: extends [^\n{]*)? \{",
            r"^[ \t]*(?:export )?type \w+(?:<[^\n>]*>)? =", r"^[ \t]*(?:export )?(?:const )?enum \w+",
            r"^[ \t]*declare \w",
            r"[\w)\]?]: ?(?:string|number|boolean|void|unknown|any|never|Promise<\w|Array<\w|Record<\w)\b",
            r"\bas (?:const|unknown|any|string|number)\b", r"^import type ",),
        1: (r"^[ \t]*(?:export )?abstract class ",),
        2: (r"^[ \t]*(?:private|public|protected|readonly|static) (?:readonly )?\w+(?:\(|: )",
            r"\w\)?: [A-Z]\w*(?:<[\w, ]+>)?(?:\[\])?(?: \{|[),;]| =)", r"\bfunction \w+<\w",
            r"\b(?:keyof|readonly|implements) \w", r"^import \{[^\n}]*\} from '\.{1,2}/[^'\n]*\.ts'",),
    },
}
# fmt: on
_MEMORY = 64 << 20
"""Bytes that RE2 may use for its automaton, which it builds as it goes."""


def known() -> frozenset[str]:
    """Return the languages that have signs."""
    return frozenset(_SIGNS)


def weights(code: str) -> Counter[str]:
    """Return by language the weights of its signs in `code`, each sign counted once."""
    signs, matcher = _compiled()
    found: Counter[str] = Counter()
    for index in matcher.Match(code.encode("utf-8", "replace")) or ():
        language, weight = signs[index]
        found[language] += weight
    return found


@cache
def _compiled() -> tuple[list[tuple[str, int]], Any]:
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    matcher = re2.Set.SearchSet(options)
    signs = []
    for language, by_weight in _SIGNS.items():
        for weight, patterns in by_weight.items():
            for pattern in patterns:
                matcher.Add(f"(?m){pattern}")
                signs.append((language, weight))
    matcher.Compile()
    return signs, matcher
