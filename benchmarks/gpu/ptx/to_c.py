"""PTX to C, so that what NVRTC made of the kernels runs on the host: the same instructions in the same order.

Every register is an unsigned integer of its size, and a float is looked at through its bits. A lane is a function that
is left at every barrier and entered again behind it, by a jump to the saved label, with its registers in a structure.
An instruction that is not known here ends the translation with its name. float64 and fused multiply-adds are not known
on purpose: no kernel may use them.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PRELUDE, SCHEDULER = ((HERE / name).read_text() for name in ("prelude.c", "scheduler.c"))
SIZES = {
    kind: int(kind[1:]) // 8
    for kind in ("u8", "s8", "b8", "u16", "s16", "b16", "u32", "s32", "b32", "u64", "s64", "b64", "f32")
}
SPECIAL = {
    f"%{name}.{axis}": letter + axis.upper()
    for name, letter in {"ctaid": "C", "tid": "T", "ntid": "N", "nctaid": "G"}.items()
    for axis in "xyz"
} | {"%laneid": "((TX+NX*(TY+NY*TZ))&31u)", "WARP_SZ": "32"}
COMPARE = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "lo": "<",
    "ls": "<=",
    "hi": ">",
    "hs": ">=",
}
WIDE = {"s32": "s64", "u32": "u64", "s16": "s32", "u16": "u32"}
ATOMICS = {
    "add": "old + {v}",
    "min": "old < {v} ? old : {v}",
    "max": "old > {v} ? old : {v}",
    "and": "old & {v}",
    "or": "old | {v}",
    "xor": "old ^ {v}",
    "exch": "{v}",
}


class UnknownInstruction(NotImplementedError):
    """PTX that the translation does not know, or that no kernel may hold."""


class Block(NamedTuple):
    """A basic block: how many instructions of each kind it holds, and the bytes they move."""

    kinds: Counter
    bytes: Counter


class Entry(NamedTuple):
    """A kernel: its parameters as PTX types, its static shared memory in bytes, its basic blocks and its C."""

    name: str
    params: tuple[str, ...]
    shared: int
    blocks: list[Block]
    source: str


class Translated(NamedTuple):
    """A module as one C source, and its kernels by name."""

    source: str
    entries: dict[str, Entry]


def kind_of(parts: list[str]) -> str:
    """What an instruction is counted as; "free" is what the assembler makes nothing of."""
    op, kind = parts[0], parts[-1]
    if op in ("mov", "cvta") or parts[:2] == ["ld", "param"]:
        return "free"
    if op in ("ld", "ldu"):
        return "load shared" if "shared" in parts else "load"
    if op == "st":
        return "store shared" if "shared" in parts else "store"
    if op in ("atom", "red"):
        return "atomic"
    if op in ("bra", "ret", "exit"):
        return "branch"
    if op in ("bar", "barrier", "shfl", "vote", "redux", "membar", "fence"):
        return "sync"
    if op in ("setp", "selp", "set", "slct"):
        return "compare"
    if op == "cvt":
        return "convert"
    if kind == "f32":
        return "divide" if op in ("div", "rcp", "sqrt") else "float"
    return "divide" if op in ("div", "rem") else "integer"


class _Writer:
    """One kernel on its way to C."""

    def __init__(self, name: str, number: int, header: str, body: str, memory: dict[str, str]) -> None:
        self.name, self.number = name, number
        found = (
            re.match(r"\s*\.param\s+(?:\.align \d+\s+)?\.(\w+)\b.*?([\w$]+)(?:\[\d+\])?$", line)
            for line in header.split(",")
        )
        self.params = [match.groups() for match in found if match]
        self.slots = {param: k for k, (_, param) in enumerate(self.params)}
        self.memory, self.shared = memory, 0
        self.registers: dict[str, str] = {}
        self.scopes: list[dict[str, str]] = [{}]
        self.lines: list[str] = []
        self.blocks: list[Block] = []
        self.resumes = 0
        self.begin_block()
        for line in body.splitlines():
            self.statement(line.split("//")[0].strip())

    def emit(self, text: str) -> None:
        self.lines.append("  " + text)

    def begin_block(self) -> None:
        self.blocks.append(Block(Counter(), Counter()))
        self.emit(f"C{self.number}[{len(self.blocks) - 1}]++;")

    def unknown(self, what: str) -> UnknownInstruction:
        return UnknownInstruction(f"kernel {self.name}: {what}")

    # Operands

    def register(self, name: str) -> str:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        raise self.unknown(f"the register {name} is not declared")

    def value(self, text: str) -> str:
        """The bits of an operand."""
        text = text.strip()
        if text in SPECIAL:
            return SPECIAL[text]
        if text.startswith("%"):
            return self.register(text)
        if text.startswith("!"):
            return "!" + self.value(text[1:])
        if text.startswith("0f"):
            return f"0x{text[2:]}u"
        if text.startswith("0d"):
            raise self.unknown("float64")
        if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)U?", text):
            number = int(text.rstrip("U"), 0)
            return f"((s64){number}LL)" if -(2**63) <= number < 2**63 else f"{number}ULL"
        if text in self.memory:
            return self.memory[text]
        raise self.unknown(f"the operand {text!r}")

    def typed(self, text: str, kind: str) -> str:
        if kind == "f32":
            return f"F({self.value(text)})"
        return f"(({kind}){self.value(text)})"

    def address(self, text: str) -> str:
        match = re.fullmatch(r"\[\s*([\w$%.]+)\s*(?:\+\s*(-?\w+))?\s*\]", text.strip())
        if match is None:
            raise self.unknown(f"the address {text}")
        base, offset = match.groups()
        return f"({self.value(base)}+({offset or 0}))"

    def place(self, parts: list[str], text: str, size: int) -> str:
        """A pointer to `size` bytes of global, shared or constant memory."""
        if "shared" in parts or "shared::cta" in parts:
            return f"S{self.number}_(((u32){self.address(text)}), {size})"
        if "const" in parts:
            return f"((u8*)(u64){self.address(text)})"
        if "local" in parts:
            raise self.unknown("local memory: values that do not fit the registers")
        return f"G((u64){self.address(text)}, {size})"

    # Statements

    def statement(self, line: str) -> None:
        if not line or line.startswith((".pragma", ".loc", ".file")):
            return
        if line == "{":
            self.scopes.append({})
        elif line == "}":
            if len(self.scopes) > 1:
                self.scopes.pop()
        elif line.startswith(".reg"):
            self.declare(line)
        elif line.startswith(".shared") or " .shared " in f" {line}":
            self.declare_shared(line)
        elif match := re.fullmatch(r"(\$\w+):", line):
            self.emit(f"{match.group(1).replace('$', '_')}: ;")
            self.begin_block()
        elif line.startswith("."):
            raise self.unknown(line)
        else:
            self.instruction(line.rstrip(";").strip())

    def declare(self, line: str) -> None:
        kind, names = re.fullmatch(r"\.reg\s+\.(\w+)\s+(.*);", line).groups()
        ctype = {"pred": "u8", "b8": "u8"}.get(kind, f"u{kind[1:]}")
        if kind == "f64":
            raise self.unknown("float64")
        depth = "" if len(self.scopes) == 1 else f"s{len(self.registers)}_"
        for name in names.split(","):
            name = name.strip()
            many = re.fullmatch(r"(%\w+)<(\d+)>", name)
            for one in [f"{many.group(1)}{k}" for k in range(int(many.group(2)))] if many else [name]:
                variable = f"q{depth}{one[1:]}"
                self.registers[variable] = ctype
                self.scopes[-1][one] = f"R({variable})"

    def declare_shared(self, line: str) -> None:
        align, size, name, count = re.fullmatch(
            r"\.shared\s+\.align\s+(\d+)\s+\.(\w+)\s+([\w$]+)(?:\[(\d+)\])?;", line
        ).groups()
        self.shared = -(-self.shared // int(align)) * int(align)
        self.memory = {**self.memory, name: f"{self.shared}"}
        self.shared += SIZES[size] * int(count or 1)

    def instruction(self, line: str) -> None:
        guard = ""
        if match := re.match(r"@(!?%\w+)\s+(.*)", line):
            guard, line = f"if ({self.value(match.group(1))}) ", match.group(2)
        op, _, rest = re.sub(r"\s+", " ", line).partition(" ")
        args = [arg.strip() for arg in re.findall(r"\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*", rest)]
        parts = op.split(".")
        block = self.blocks[-1]
        block.kinds[kind_of(parts)] += 1
        if any(part == "f64" for part in parts):
            raise self.unknown(f"{op}: float64")
        if parts[0] == "fma" or (parts[0] == "mad" and parts[-1] == "f32"):
            raise self.unknown(f"{op}: a fused product and sum, which rounds once where the CPU rounds twice")
        if parts[0] == "bra":
            self.emit(f"{guard}goto {args[0].replace('$', '_')};")
            self.begin_block()
        elif parts[0] in ("ret", "exit"):
            self.emit(f"{guard}{{ t->w.wait = DONE; return; }}")
            if guard:
                self.begin_block()
        elif parts[0] in ("bar", "barrier", "shfl", "vote", "redux"):
            if guard:
                raise self.unknown(f"{op} under a condition")
            self.sync(op, parts, args)
        elif parts[0] in ("membar", "fence"):
            pass
        else:
            method = getattr(self, f"op_{parts[0]}", None)
            if method is None:
                raise self.unknown(op)
            self.emit(f"{guard}{{ {method(op, parts, args)} }}")

    def wait(self, kind: str, then: str, **fields: str) -> None:
        self.resumes += 1
        stores = " ".join(f"t->w.{key} = {value};" for key, value in fields.items())
        self.emit(f"{stores} t->w.pc = {self.resumes}; t->w.wait = {kind}; return; resume{self.resumes}: ; {then}")
        self.begin_block()

    def sync(self, op: str, parts: list[str], args: list[str]) -> None:
        if parts[0] in ("bar", "barrier") and "warp" in parts:
            self.wait("WARP", "", op="SYNC", mask=f"(u32){self.value(args[0])}", a="0")
        elif parts[0] in ("bar", "barrier"):
            if "red" in parts:
                choice = {"or": "ANY", "and": "ALL", "popc": "COUNT"}[
                    next(part for part in parts if part in ("or", "and", "popc"))
                ]
                self.wait("BLOCK", f"{self.value(args[0])} = t->w.r;", op=choice, a=self.value(args[-1]))
            elif "sync" in parts and len(args) == 1 and args[0] == "0":
                self.wait("BLOCK", "", op="PLAIN", a="0")
            else:
                raise self.unknown(f"{op} {', '.join(args)}: only barriers of the whole block are known")
        elif parts[0] == "shfl":
            way = {"idx": "SHUFFLE_IDX", "up": "SHUFFLE_UP", "down": "SHUFFLE_DOWN", "bfly": "SHUFFLE_BFLY"}[parts[2]]
            result, _, inside = args[0].partition("|")
            then = f"{self.value(result)} = t->w.r;" + (f" {self.value(inside)} = t->w.p;" if inside else "")
            a, b, c, mask = (f"(u32){self.value(arg)}" for arg in args[1:5])
            self.wait("WARP", then, op=way, a=a, b=b, c=c, mask=mask)
        elif parts[0] == "vote":
            choice = f"VOTE_{parts[2].upper()}"
            self.wait(
                "WARP",
                f"{self.value(args[0])} = t->w.r;",
                op=choice,
                a=self.value(args[1]),
                mask=f"(u32){self.value(args[2])}",
            )
        else:
            choice = {"add": "SUM_u32", "and": "AND_b32", "or": "OR_b32", "xor": "XOR_b32"}.get(
                parts[2]
            ) or f"{parts[2].upper()}_{parts[3]}"
            self.wait(
                "WARP",
                f"{self.value(args[0])} = t->w.r;",
                op=choice,
                a=f"(u32){self.value(args[1])}",
                mask=f"(u32){self.value(args[2])}",
            )

    # Instructions, each the C that does it

    def result(self, target: str, kind: str, expression: str) -> str:
        return f"{self.value(target)} = " + (f"B({expression});" if kind == "f32" else f"({kind})({expression});")

    def op_ld(self, op: str, parts: list[str], args: list[str]) -> str:
        kind = parts[-1]
        targets = [arg.strip() for arg in args[0].strip("{}").split(",")]
        if parts[1] == "param":
            slot = self.slots[re.fullmatch(r"\[\s*([\w$]+)\s*\]", args[1]).group(1)]
            return f"{self.value(targets[0])} = ({'u32' if kind == 'f32' else kind})P[{slot}];"
        size = SIZES[kind] * len(targets)
        if "shared" not in parts:
            self.blocks[-1].bytes["loaded"] += size
        ctype = "u32" if kind == "f32" else kind
        loads = " ".join(f"{self.value(target)} = (({ctype}*)from)[{k}];" for k, target in enumerate(targets))
        return f"const u8 *from = {self.place(parts, args[1], size)}; {loads}"

    def op_st(self, op: str, parts: list[str], args: list[str]) -> str:
        kind = parts[-1]
        values = [arg.strip() for arg in args[1].strip("{}").split(",")]
        size = SIZES[kind] * len(values)
        if "shared" not in parts:
            self.blocks[-1].bytes["stored"] += size
        ctype = "u32" if kind == "f32" else kind
        stores = " ".join(f"(({ctype}*)to)[{k}] = ({ctype}){self.value(value)};" for k, value in enumerate(values))
        return f"u8 *to = {self.place(parts, args[0], size)}; {stores}"

    def op_atom(self, op: str, parts: list[str], args: list[str]) -> str:
        kind, choice = parts[-1], next(part for part in parts if part in (*ATOMICS, "cas"))
        target, (where, *values) = (args[0], args[1:]) if parts[0] == "atom" else (None, args)
        if kind == "f32":
            raise self.unknown(f"{op}: sums of floats depend on the order of the threads")
        if choice == "cas":
            new = f"old == {self.typed(values[0], kind)} ? {self.typed(values[1], kind)} : old"
        else:
            new = ATOMICS[choice].format(v=self.typed(values[0], kind))
        back = f"{self.value(target)} = old;" if target else ""
        at = f"{kind} *at = ({kind}*){self.place(parts, where, SIZES[kind])};"
        return f"{at} {kind} old = *at; *at = ({kind})({new}); {back}"

    op_red = op_atom

    def op_mov(self, op: str, parts: list[str], args: list[str]) -> str:
        kind = parts[-1]
        if kind == "pred" or not (args[0].startswith("{") or args[1].startswith("{")):
            return f"{self.value(args[0])} = {self.value(args[1])};"
        if args[0].startswith("{"):
            targets = [arg.strip() for arg in args[0].strip("{}").split(",")]
            bits = 8 * SIZES[kind] // len(targets)
            return f"{kind} v = {self.value(args[1])}; " + " ".join(
                f"{self.value(target)} = (u{bits})(v >> {bits * k});"
                for k, target in enumerate(targets)
                if target != "_"
            )
        values = [arg.strip() for arg in args[1].strip("{}").split(",")]
        bits = 8 * SIZES[kind] // len(values)
        joined = " | ".join(f"(({kind})(u{bits}){self.value(value)} << {bits * k})" for k, value in enumerate(values))
        return f"{self.value(args[0])} = {joined};"

    def op_cvta(self, op: str, parts: list[str], args: list[str]) -> str:
        if "shared" in parts:
            raise self.unknown(f"{op}: shared memory by a generic address")
        return f"{self.value(args[0])} = {self.value(args[1])};"

    def _arithmetic(self, parts: list[str], args: list[str], sign: str) -> str:
        kind = parts[-1]
        if "cc" in parts or "sat" in parts:
            raise self.unknown(".".join(parts))
        a, b = (self.typed(arg, kind) for arg in args[1:3])
        return self.result(args[0], kind, f"{a} {sign} {b}")

    def op_add(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._rounded(op, parts) or self._arithmetic(parts, args, "+")

    def op_sub(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._rounded(op, parts) or self._arithmetic(parts, args, "-")

    def _rounded(self, op: str, parts: list[str]) -> None:
        if parts[-1] == "f32" and "rn" not in parts:
            raise self.unknown(f"{op}: a float operation that the assembler may contract")

    def op_mul(self, op: str, parts: list[str], args: list[str]) -> str:
        kind = parts[-1]
        if kind == "f32":
            return self._rounded(op, parts) or self._arithmetic(parts, args, "*")
        return self.result(args[0], *self._product(parts, args))

    def _product(self, parts: list[str], args: list[str]) -> tuple[str, str]:
        kind = parts[-1]
        a, b = (self.typed(arg, kind) for arg in args[1:3])
        if "wide" in parts:
            return WIDE[kind], f"({WIDE[kind]}){a} * ({WIDE[kind]}){b}"
        if "hi" in parts:
            wide = {"u32": "u64", "s32": "s64", "u64": "u128", "s64": "s128"}[kind]
            return kind, f"(({wide}){a} * ({wide}){b}) >> {8 * SIZES[kind]}"
        return kind, f"(u{kind[1:]}){a} * (u{kind[1:]}){b}"

    def op_mad(self, op: str, parts: list[str], args: list[str]) -> str:
        kind, product = self._product(parts, args)
        return self.result(args[0], kind, f"({kind})({product}) + {self.typed(args[3], kind)}")

    def op_div(self, op: str, parts: list[str], args: list[str]) -> str:
        if parts[-1] == "f32" and "rn" not in parts:
            raise self.unknown(f"{op}: an approximate division")
        return self._arithmetic(parts, args, "/")

    def op_rem(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._arithmetic(parts, args, "%")

    def op_sqrt(self, op: str, parts: list[str], args: list[str]) -> str:
        if "rn" not in parts:
            raise self.unknown(f"{op}: an approximate root")
        return self.result(args[0], "f32", f"sqrtf({self.typed(args[1], 'f32')})")

    def op_neg(self, op: str, parts: list[str], args: list[str]) -> str:
        if parts[-1] == "f32":
            return f"{self.value(args[0])} = {self.value(args[1])} ^ 0x80000000u;"
        return self.result(args[0], parts[-1], f"0 - {self.typed(args[1], parts[-1])}")

    def op_abs(self, op: str, parts: list[str], args: list[str]) -> str:
        if parts[-1] == "f32":
            return f"{self.value(args[0])} = {self.value(args[1])} & 0x7fffffffu;"
        a = self.typed(args[1], parts[-1])
        return self.result(args[0], parts[-1], f"{a} < 0 ? 0 - {a} : {a}")

    def _extreme(self, parts: list[str], args: list[str], name: str, sign: str) -> str:
        kind = parts[-1]
        if {"NaN", "xorsign", "relu"} & set(parts):
            raise self.unknown(".".join(parts))
        values = [self.typed(arg, kind) for arg in args[1:]]
        expression = values[0]
        for value in values[1:]:
            expression = (
                f"{name}({expression}, {value})"
                if kind == "f32"
                else f"({expression} {sign} {value} ? {expression} : {value})"
            )
        return self.result(args[0], kind, expression)

    def op_min(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._extreme(parts, args, "fmin_", "<")

    def op_max(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._extreme(parts, args, "fmax_", ">")

    def _bitwise(self, parts: list[str], args: list[str], sign: str) -> str:
        return f"{self.value(args[0])} = {self.value(args[1])} {sign} {self.value(args[2])};"

    def op_and(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._bitwise(parts, args, "&")

    def op_or(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._bitwise(parts, args, "|")

    def op_xor(self, op: str, parts: list[str], args: list[str]) -> str:
        return self._bitwise(parts, args, "^")

    def op_not(self, op: str, parts: list[str], args: list[str]) -> str:
        return f"{self.value(args[0])} = {'!' if parts[-1] == 'pred' else '~'}{self.value(args[1])};"

    def op_shl(self, op: str, parts: list[str], args: list[str]) -> str:
        bits = int(parts[-1][1:])
        a, n = self.value(args[1]), self.value(args[2])
        return f"u32 n = {n}; {self.value(args[0])} = n >= {bits} ? 0 : (u{bits}){a} << n;"

    def op_shr(self, op: str, parts: list[str], args: list[str]) -> str:
        kind, bits = parts[-1], int(parts[-1][1:])
        beyond = f"{self.typed(args[1], kind)} < 0 ? -1 : 0" if kind[0] == "s" else "0"
        return f"u32 n = {self.value(args[2])}; " + self.result(
            args[0], kind, f"n >= {bits} ? ({kind})({beyond}) : ({kind})({self.typed(args[1], kind)} >> n)"
        )

    def op_setp(self, op: str, parts: list[str], args: list[str]) -> str:
        how, kind = parts[1], parts[-1]
        a, b = (self.typed(arg, kind) for arg in args[1:3])
        if kind == "f32" and how in ("num", "nan"):
            test = f"{a} == {a} && {b} == {b}" if how == "num" else f"{a} != {a} || {b} != {b}"
        elif kind == "f32" and how.endswith("u") and how != "u":
            test = f"({a} {COMPARE[how[:-1]]} {b} || {a} != {a} || {b} != {b})"
        elif kind == "f32" and how == "ne":
            test = f"({a} != {b} && {a} == {a} && {b} == {b})"
        else:
            test = f"({a} {COMPARE[how]} {b})"
        target, _, other = args[0].partition("|")
        joined = next((part for part in parts[2:-1] if part in ("and", "or", "xor")), None)
        c = self.value(args[3]) if joined else "1"
        sign = {"and": "&", "or": "|", "xor": "^", None: "&"}[joined]
        text = f"u8 yes = {test}, with = {c}; {self.value(target)} = (yes {sign} with);"
        return text + (f" {self.value(other)} = (!yes {sign} with);" if other else "")

    def op_selp(self, op: str, parts: list[str], args: list[str]) -> str:
        kind = "u32" if parts[-1] == "f32" else parts[-1]
        a, b = (f"({kind}){self.value(arg)}" for arg in args[1:3])
        return f"{self.value(args[0])} = {self.value(args[3])} ? {a} : {b};"

    def op_cvt(self, op: str, parts: list[str], args: list[str]) -> str:
        to, of = parts[-2:]
        value = self.typed(args[1], of)
        how = set(parts[1:-2]) - {"ftz"}
        rounds = {"rzi": "truncf", "rni": "rintf", "rmi": "floorf", "rpi": "ceilf"}
        rounding = next((rounds[part] for part in parts if part in rounds), None)
        if of == "f32" and to == "f32":
            expression = f"{rounding}({value})" if rounding else value
            return self.result(args[0], "f32", f"sat_({expression})" if "sat" in how else expression)
        if of == "f32":
            if rounding is None:
                raise self.unknown(op)
            return self.result(args[0], to, f"to_{to}({rounding}({value}))")
        if to == "f32":
            if "rn" not in how:
                raise self.unknown(op)
            return self.result(args[0], "f32", f"(f32){value}")
        if "sat" in how:
            low, high = {
                "u8": (0, 255),
                "s8": (-128, 127),
                "u16": (0, 65535),
                "s16": (-32768, 32767),
                "u32": (0, 2**32 - 1),
                "s32": (-(2**31), 2**31 - 1),
            }[to]
            return self.result(args[0], to, f"clamp_({value}, {low}LL, {high}LL)")
        return self.result(args[0], to, value)

    def op_prmt(self, op: str, parts: list[str], args: list[str]) -> str:
        if parts != ["prmt", "b32"]:
            raise self.unknown(op)
        return f"{self.value(args[0])} = prmt_({', '.join(self.value(arg) for arg in args[1:4])});"

    def op_lop3(self, op: str, parts: list[str], args: list[str]) -> str:
        return f"{self.value(args[0])} = lop3_({', '.join(self.value(arg) for arg in args[1:5])});"

    def op_bfe(self, op: str, parts: list[str], args: list[str]) -> str:
        if SIZES[parts[-1]] != 4:
            raise self.unknown(op)
        return f"{self.value(args[0])} = bfe_{parts[-1]}({', '.join(self.value(arg) for arg in args[1:4])});"

    def op_bfi(self, op: str, parts: list[str], args: list[str]) -> str:
        if SIZES[parts[-1]] != 4:
            raise self.unknown(op)
        return f"{self.value(args[0])} = bfi_({', '.join(self.value(arg) for arg in args[1:5])});"

    def op_shf(self, op: str, parts: list[str], args: list[str]) -> str:
        name, wrap = {"l": "funnel_left", "r": "funnel_right"}[parts[1]], int(parts[2] == "wrap")
        return f"{self.value(args[0])} = {name}({', '.join(self.value(arg) for arg in args[1:4])}, {wrap});"

    def op_popc(self, op: str, parts: list[str], args: list[str]) -> str:
        return f"{self.value(args[0])} = __builtin_popcountll((u{parts[-1][1:]}){self.value(args[1])});"

    def op_clz(self, op: str, parts: list[str], args: list[str]) -> str:
        bits = int(parts[-1][1:])
        leading = f"v ? __builtin_clzll((u64)v) - {64 - bits} : {bits}"
        return f"u{bits} v = {self.value(args[1])}; {self.value(args[0])} = {leading};"

    def op_brev(self, op: str, parts: list[str], args: list[str]) -> str:
        if parts[-1] != "b32":
            raise self.unknown(op)
        return f"{self.value(args[0])} = brev_({self.value(args[1])});"

    def op_dp4a(self, op: str, parts: list[str], args: list[str]) -> str:
        signs = [int(part[0] == "s") for part in parts[-2:]]
        values = ", ".join(f"(u32){self.value(arg)}" for arg in args[1:4])
        return f"{self.value(args[0])} = dp4a_({values}, {signs[0]}, {signs[1]});"

    def op_dp2a(self, op: str, parts: list[str], args: list[str]) -> str:
        signs = [int(part[0] == "s") for part in parts[-2:]]
        values = ", ".join(f"(u32){self.value(arg)}" for arg in args[1:4])
        return f"{self.value(args[0])} = dp2a_({values}, {signs[0]}, {signs[1]}, {int('hi' in parts)});"

    # The whole

    def source(self) -> str:
        k, waits = self.number, self.resumes > 0
        fields = "".join(f" {ctype} {name};" for name, ctype in self.registers.items())
        local = "".join(f" {ctype} {name} = 0;" for name, ctype in self.registers.items())
        resume = "".join(f" case {n}: goto resume{n};" for n in range(1, self.resumes + 1))
        size = max(self.shared, 1)
        return "\n".join(
            [
                f"/* {self.name} */",
                "#undef R",
                f"#define R(name) {'t->name' if waits else 'name'}",
                f"static u64 C{k}[{len(self.blocks)}];",
                f"static u8 S{k}[{size}] __attribute__((aligned(16)));",
                f"static inline u8 *S{k}_(u32 at, u32 size) {{ if (at & (size - 1)) fail(MISALIGNED, at, size); "
                f"if (at > {self.shared}u - size || {self.shared}u < size) fail(SHARED_OUTSIDE, at, size); "
                f"return S{k} + at; }}",
                f"typedef struct {{ Wait w;{fields if waits else ''} }} T{k};",
                f"static void lane{k}(void *self, const u64 *P) {{ T{k} *t = self;{'' if waits else local}",
                f"  switch (t->w.pc) {{ case 0: break;{resume} }}",
                *self.lines,
                "  t->w.wait = DONE; }",
                f"u64 *counters_{self.name}(void) {{ return C{k}; }}",
                f"void run_{self.name}(const u32 *grid, const u32 *block, const u64 *P, const Range *allowed, "
                "s32 count, s32 way, "
                f"Outcome *outcome) {{ memset(C{k}, 0, sizeof C{k}); memset(S{k}, 0xA5, sizeof S{k}); "
                f"run_(lane{k}, sizeof(T{k}), grid, block, P, allowed, count, way, outcome); }}",
            ]
        )


def _constants(ptx: str) -> tuple[str, dict[str, str]]:
    """Arrays in constant or global memory that the module brings, as C."""
    lines, names = [], {}
    head = r"^(?:\.visible\s+)?\.(?:const|global)\s+\.align\s+(\d+)\s+\.(\w+)\s+([\w$]+)(?:\[(\d*)\])?"
    pattern = head + r"\s*(?:=\s*(\{[^}]*\}|[^;]+))?;"
    for align, kind, name, count, values in re.findall(pattern, ptx, re.MULTILINE):
        listed = values.strip("{} \n") or "0"
        ctype = "u32" if kind == "f32" else kind
        listed = re.sub(r"0f([0-9A-Fa-f]{8})", r"0x\1u", listed)
        lines.append(
            f"static {ctype} m_{name.replace('$', '_')}[{count or 1}] __attribute__((aligned({align}))) = "
            f"{{ {listed} }};"
        )
        names[name] = f"((u64)m_{name.replace('$', '_')})"
    return "\n".join(lines), names


def translate(ptx: str) -> Translated:
    """A module's PTX as C. UnknownInstruction where it holds what the translation does not know."""
    constants, memory = _constants(ptx)
    entries, sources = {}, []
    shared = re.findall(r"^\.shared .*;$", ptx[: ptx.find(".entry")], re.MULTILINE)
    for number, match in enumerate(re.finditer(r"\.entry\s+([\w$]+)\((.*?)\)(.*?)\n\{(.*?)\n\}", ptx, re.DOTALL)):
        name, header, _, body = match.groups()
        writer = _Writer(name, number, header, "\n".join([*shared, body]), memory)
        sources.append(writer.source())
        entries[name] = Entry(name, tuple(kind for kind, _ in writer.params), writer.shared, writer.blocks, sources[-1])
    return Translated("\n".join([PRELUDE, SCHEDULER, constants, *sources, ""]), entries)
