# The functions that programs may call and that jq itself can say, as jq 1.6 defines them.
# What Rust says lies beside this file; what is in neither cannot be called.

def empty: {}[] as $x | .;
def error: error_empty as $x | .;
def error(msg): (msg | error_empty) as $x | .;

def true: 0 == 0;
def false: 0 != 0;
def null: [][0];
def not: if . then false else true end;
def select(f): if f then . else empty end;
def isvalid(f): try (f | true) catch false;

def tostring: "\(.)";
def isboolean: type == "boolean";
def isnumber: type == "number";
def isstring: type == "string";
def isarray: type == "array";
def isobject: type == "object";
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(isboolean);
def numbers: select(isnumber);
def strings: select(isstring);
def arrays: select(isarray);
def objects: select(isobject);
def iterables: select(isarray or isobject);
def scalars: select((isarray or isobject) | not);
def scalars_or_empty: select((isarray or isobject) | not);
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def isfinite: isnumber and (isinfinite | not);

def range($from; $upto; $by): if $by == 0 then empty else range_by($from; $upto; $by) end;
def range($from; $upto): range_by($from; $upto; 1);
def range($upto): range_by(0; $upto; 1);
def repeat(f): def rec: ., (f | rec); rec;
def recurse(f): def rec: ., (f | rec); rec;
def recurse: recurse(.[]?);
def recurse_down: recurse;
def recurse(f; cond): recurse(f | select(cond));
def while(cond; update): def rec: if cond then ., (update | rec) else empty end; rec;
def until(cond; update): def rec: if cond then . else update | rec end; rec;

def paths: path(..) | select(length > 0);
def paths(f): path_value(..) | select(.[0] | length > 0) | select(.[1] | f) | .[0];
def leaf_paths: paths(scalars | true);
def getpath($path): reduce $path[] as $p (.; .[$p]);
def setpath($path; $x): getpath($path) = $x;
def delpaths($paths): reduce ($paths | sort | reverse[]) as $path (.; getpath($path) |= empty);
def pick(f): . as $top | reduce path(f) as $p (null; setpath($p; $top | getpath($p)));
def del(f): delpaths([path(f)]);
def to_entries: [key_values[] as [$key, $value] | {$key, $value}];
def from_entries: map({(.key // .k // .name // .Name // .K // .Key | if isstring then . else tojson end):
  (if has("value") then .value elif has("v") then .v else .Value end)}) | add + {} // {};
def with_entries(f): to_entries | map(f) | from_entries;

def map(f): [.[] | f];
def map_values(f): .[] |= f;
def walk(f): def rec: (if isobject then map_values(rec) elif isarray then map(rec) else . end) | f; rec;
def keys_unsorted: if isarray or isobject then keys_of else error("\(type) (\(tojson[0:11])) has no keys") end;
def key_values: if isarray or isobject then key_values_of else error("\(type) (\(tojson[0:11])) has no keys") end;
def keys: keys_unsorted | if isarray then sort else . end;
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def add(f): reduce f as $x (null; . + $x);
def add: reduce .[] as $x (null; . + $x);
def any(g; cond): isempty(first(g | cond | select(.))) | not;
def all(g; cond): isempty(first(g | cond | select(. | not)));
def any(f): any(.[]; f);
def all(f): all(.[]; f);
def any: any(.[]; .);
def all: all(.[]; .);
def isempty(g): first((g | false), true);
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def nth($n; g): if $n < 0 then error("nth doesn't support negative indices") else last(limit($n + 1; g)) end;
def limit($n; f): if $n < 0 then f else limit_to($n; f) end;
def flatten_to($d): if $d < 0 then . else [.[] | if isarray then (if $d > 0 then flatten_to($d - 1)[] else .[] end) else . end] end;
def flatten($d): if $d < 0 then error("flatten depth must not be negative") elif $d == 0 then [.[]] else flatten_to($d - 1) end;
def flatten: flatten(1e9);
def reverse: if . == null then [] elif isstring then explode | reversed | implode else reversed end;
def join($s): reduce .[] as $x (null;
  (if . == null then "" else . + $s end) + ($x | if . == null then "" elif isboolean or isnumber then tojson else . end)) // "";
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def transpose: if . == [] then [] else . as $in | (map(length) | max) as $max | [range(0; $max) as $j | [range(0; $in | length) as $i | $in[$i][$j]]] end;
def array_for(what): if isarray then . else error("\(type) (\(tojson[0:11])) cannot be \(what), as it is not an array") end;
def sort: array_for("sorted") | sorted;
def sort_by(f): array_for("sorted") | sorted_by(f);
def group_by(f): array_for("grouped") | grouped_by(f);
def min_by(f): reduce min_by_or_empty(f) as $x (null; $x);
def max_by(f): reduce max_by_or_empty(f) as $x (null; $x);
def min: min_by(.);
def max: max_by(.);
def unique_by(f): [group_by(f)[] | .[0]];
def unique: unique_by(.);
def index($i): indices($i) | .[0];
def rindex($i): indices($i) | .[-1:][0];
def toarray: if isarray then . else [.] end;

def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def JOIN($idx; f): [.[] | [., $idx[f]]];
def JOIN($idx; stream; f): stream | [., $idx[f]];
def JOIN($idx; stream; f; join_expr): stream | [., $idx[f]] | join_expr;

def ascii_text: if isstring then . else error("explode input must be a string") end;
def ascii_downcase: ascii_text | text_downcase;
def ascii_upcase: ascii_text | text_upcase;
def explode: ascii_text | explode_text;
def implode: if isarray then implode_codes else error("implode input must be an array") end;
def ascii: [.] | implode;
def startswith($x): if isstring and ($x | isstring) then text_startswith($x) else error("startswith() requires string inputs") end;
def endswith($x): if isstring and ($x | isstring) then text_endswith($x) else error("endswith() requires string inputs") end;
def utf8bytelength: if isstring then text_bytes else error("\(type) (\(tojson[0:11])) only strings have UTF-8 byte length") end;
def ltrimstr($x): if isstring and ($x | isstring) then text_ltrim($x) else . end;
def rtrimstr($x): if isstring and ($x | isstring) then text_rtrim($x) else . end;
def split($sep): if isstring and ($sep | isstring) then . / $sep else error("split input and separator must be strings") end;

def captured: map(select(.name != null) | {(.name): .string}) | add + {};
def two(f): if isarray then .[0] as $re | .[1] as $flags | f else . end;
def match($re; $flags): matches($re; $flags)[];
def match($val): if ($val | isarray) then match($val[0]; $val[1]) else match($val; null) end;
def test($re; $flags): matches($re; $flags) | length > 0;
def test($val): if ($val | isarray) then test($val[0]; $val[1]) else test($val; null) end;
def capture($re; $flags): match($re; $flags) | .captures | captured;
def capture($val): if ($val | isarray) then capture($val[0]; $val[1]) else capture($val; null) end;
def scan($re; $flags): match($re; "g" + $flags) | if (.captures | length) > 0 then [.captures[].string] else .string end;
def scan($re): if ($re | isarray) then scan($re[0]; $re[1]) else scan($re; null) end;
def split($re; $flags): . as $s | [foreach (matches($re; $flags + "g")[], null) as $m ([0, null];
  if $m == null then [.[0], $s[.[0]:]] else [$m.offset + $m.length, $s[.[0]:$m.offset]] end; .[1])];
def splits($re; $flags): split($re; $flags)[];
def splits($re): splits($re; null);
def sub($re; f; $flags): . as $s | reduce (matches($re; $flags)[], null) as $m (["", 0];
  .[1] as $at | if $m == null then .[0] + $s[$at:] else
    [.[0] + $s[$at:$m.offset] + ($m.captures | captured | f), $m.offset + $m.length] end);
def sub($re; f): sub($re; f; "");
def gsub($re; f; $flags): sub($re; f; $flags + "g");
def gsub($re; f): sub($re; f; "g");

def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def date: todate;
def dateadd(u; n): . + n;
def datesub(u; n): . - n;

def tostream: path(def r: (.[]?|r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init;
  if .e then $init else . end
  | if $i | length == 2 then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1])
    else setpath(["e"]; $i[0] | length == 1) end;
  if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $input | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;

def nan: not_a_number;
def infinite: 1e1000;
def isnan: if isnumber then . != . else error("\(type) (\(tojson[0:11])) number required") end;
def isinfinite: if isnumber then . == infinite or . == -infinite else error("\(type) number required") end;
def isnormal: if isnumber then (. == 0 or isnan or isinfinite or ((. | fabs) < 2.2250738585072014e-308)) | not else error("number required") end;
def abs: if isnumber then (if . < 0 then -. else . end) else error("\(type) has no absolute value") end;

def @json: tojson;
def @text: tostring;
def @csv: format("csv");
def @tsv: format("tsv");
def @html: format("html");
def @uri: format("uri");
def @sh: format("sh");
def @base64: format("base64");
def @base64d: format("base64d");
def @base32: format("base32");
def @base32d: format("base32d");
