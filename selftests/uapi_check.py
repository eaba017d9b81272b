#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds uapi/linux/cesteer.h against uapi/cesteer.yaml, both ways, and the
module's commands and policies against it; and compiles the header alone.
Prints KTAP."""

import os
import re
import subprocess
import sys
import tempfile

import yaml

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADER = os.path.join(TOP, "uapi", "linux", "cesteer.h")
SPEC = os.path.join(TOP, "uapi", "cesteer.yaml")
FAMILY = os.path.join(TOP, "kmod", "netlink", "family.c")


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def constant(name):
    return name.upper().replace("-", "_")


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


class Header:
    """The header's enumerations, structs and defines."""

    def __init__(self, text):
        text = without_comments(text)
        self.enums = {}
        for name, body in re.findall(r"enum (\w+) \{(.*?)\};", text, re.S):
            names = [entry.strip() for entry in body.split(",")]
            assert not any("=" in entry for entry in names), name
            self.enums[name] = names
        self.structs = {
            name: re.findall(r"__u8 (\w+)(?:\[(\d+)\])?;", body)
            for name, body in re.findall(r"struct (\w+) \{(.*?)\};", text, re.S)
        }
        self.defines = dict(re.findall(r"^#define (\w+) (.+)$", text, re.M))


def attribute_sets(spec):
    return {s["name"]: s for s in spec["attribute-sets"]}


def spec_enums(spec):
    """Name of each enumeration to its entries, and whether it has a _MAX."""
    enums = {}
    for d in spec["definitions"]:
        if d["type"] != "enum":
            continue
        prefix = constant(d["name-prefix"])
        entries = [prefix + constant(e["name"]) for e in d["entries"]]
        name = "cesteer_" + d["name"].replace("-", "_")
        end = d.get("enum-cnt-name", f"__cesteer-{d['name']}-max")
        entries.append(constant(end))
        enums[name] = (entries, d.get("render-max", False))
    for s in spec["attribute-sets"]:
        prefix = constant(s["name-prefix"])
        entries = [prefix + constant(a["name"]) for a in s["attributes"]]
        entries = [prefix + "UNSPEC"] + entries + ["__" + prefix + "MAX"]
        enums[s["enum-name"].replace("-", "_")] = (entries, True)
    ops = spec["operations"]
    prefix = constant(ops["name-prefix"])
    entries = [prefix + constant(o["name"]) for o in ops["list"]]
    entries = [prefix + "UNSPEC"] + entries + ["__" + prefix + "MAX"]
    enums[ops["enum-name"].replace("-", "_")] = (entries, True)
    return enums


def check_enums(spec, header):
    enums = spec_enums(spec)
    for name in sorted(set(enums) | set(header.enums)):
        want = enums.get(name, (None,))[0]
        have = header.enums.get(name)
        if want != have:
            yield f"enum {name}: specification {want}, header {have}"


def spec_defines(spec):
    defines = {
        spec["c-family-name"]: f'"{spec["name"]}"',
        spec["c-version-name"]: str(spec["version"]),
        "CESTEER_MCGRP_EVENTS": '"events"',
        "_UAPI_LINUX_CESTEER_H": None,
    }
    for d in spec["definitions"]:
        if d["type"] == "const":
            defines["CESTEER_" + constant(d["name"])] = str(d["value"])
    for entries, has_max in spec_enums(spec).values():
        if has_max:
            defines[entries[-1][2:]] = f"({entries[-1]} - 1)"
    return defines


def check_defines(spec, header):
    want = spec_defines(spec)
    have = dict(header.defines)
    have["_UAPI_LINUX_CESTEER_H"] = None
    for name in sorted(set(want) | set(have)):
        if name not in want or name not in have or want[name] != have[name]:
            yield (f"{name}: specification {want.get(name)}, "
                   f"header {have.get(name)}")
    groups = [g["name"] for g in spec["mcast-groups"]["list"]]
    if groups != ["events"]:
        yield f"multicast groups {groups}"


def check_structs(spec, header):
    want = {}
    for d in spec["definitions"]:
        if d["type"] == "struct":
            want["cesteer_" + d["name"]] = [
                (m["name"], str(m.get("len", ""))) for m in d["members"]
            ]
    for name in sorted(set(want) | set(header.structs)):
        if want.get(name) != header.structs.get(name):
            yield (f"struct {name}: specification {want.get(name)}, "
                   f"header {header.structs.get(name)}")


def request_attributes(op):
    names = []
    for kind in ("do", "dump"):
        request = op.get(kind, {}).get("request", {})
        names += request.get("attributes", [])
    return names


def check_references(spec, _header):
    """The specification speaks of nothing that it does not define."""
    sets = attribute_sets(spec)
    known = {d["name"] for d in spec["definitions"]}
    for s in sets.values():
        for a in s["attributes"]:
            for key in ("enum", "struct"):
                if key in a and a[key] not in known:
                    yield f"{s['name']}.{a['name']}: no {key} {a[key]}"
            nest = a.get("nested-attributes")
            if a["type"] == "nest" and nest not in sets:
                yield f"{s['name']}.{a['name']}: no attribute set {nest}"
    for op in spec["operations"]["list"]:
        if not op.get("doc"):
            yield f"{op['name']}: not described"
        if "notify" in op:
            continue
        names = {a["name"] for a in sets[op["attribute-set"]]["attributes"]}
        used = request_attributes(op)
        for kind in ("do", "dump"):
            reply = op.get(kind, {}).get("reply", {})
            used = used + reply.get("attributes", [])
        used = used + op.get("event", {}).get("attributes", [])
        for name in used:
            if name not in names:
                yield f"{op['name']}: no attribute {name}"


def module_ops(text):
    """Of each command: whether it has doit, dumpit, flags, which policy."""
    ops = {}
    body = re.search(r"genl_ops ops\[\] = \{(.*?)\n\};", text, re.S).group(1)
    for block in re.findall(r"\{(.*?)\n\t\}", body, re.S):
        name = re.search(r"\.cmd = (\w+)", block).group(1)
        policy = re.search(r"POLICY\((\w+),", block)
        ops[name] = {
            "do": ".doit" in block,
            "dump": ".dumpit" in block,
            "admin": "GENL_UNS_ADMIN_PERM" in block,
            "policy": policy.group(1) if policy else None,
        }
    return ops


def check_module_ops(spec, _header):
    have = module_ops(read(FAMILY))
    prefix = constant(spec["operations"]["name-prefix"])
    for op in spec["operations"]["list"]:
        name = prefix + constant(op["name"])
        if "event" in op or "notify" in op:
            if name in have:
                yield f"{name}: a notification, and can be asked for"
            continue
        got = have.pop(name, None)
        if not got:
            yield f"{name}: not in the module"
            continue
        for kind in ("do", "dump"):
            if got[kind] != (kind in op):
                yield f"{name}: {kind} is {got[kind]} in the module"
        if got["admin"] != ("uns-admin-perm" in op["flags"]):
            yield f"{name}: admin is {got['admin']} in the module"
        if request_attributes(op) and got["policy"] != op["attribute-set"]:
            yield f"{name}: takes the policy {got['policy']}"
    for name in have:
        yield f"{name}: not in the specification"


def module_policies(text):
    policies = {}
    for name, body in re.findall(
            r"nla_policy (\w+)_policy\[.*?\] = \{(.*?)\n\};", text, re.S):
        rules = re.split(r"\n\t\[", "\n" + body.strip("\n"))[1:]
        policies[name] = {}
        for rule in rules:
            attr, rest = rule.split("]", 1)
            policies[name][attr] = re.sub(r"\s+", " ", rest.lstrip(" =\n\t"))
    return policies


def spelled_out(rule, header, text):
    """The module's rule with what its own names stand for, and lengths as
    numbers."""
    names = dict(re.findall(r"^\t(\w+) = (\w+),$", text, re.M))
    names["IFNAMSIZ"] = "16"
    names["sizeof(u32)"] = "4"
    names["CESTEER_GATEWAYS_MAX"] = header.defines["CESTEER_GATEWAYS_MAX"]
    rule = re.sub(r"sizeof\(u32\)|\w+", lambda m: names.get(m[0], m[0]), rule)
    rule = re.sub(r"(\d+) \* (\d+)", lambda m: str(int(m[1]) * int(m[2])), rule)
    return re.sub(r"(\d+) - (\d+)", lambda m: str(int(m[1]) - int(m[2])), rule)


def bound(attr, enums, which):
    """The constant that min or max is: an entry of the enumeration, if the
    attribute has one; its last entry is what its end says."""
    value = attr["checks"][which]
    if "enum" not in attr:
        return str(value)
    entries = enums["cesteer_" + attr["enum"].replace("-", "_")][0]
    if value == len(entries) - 2 and "min" not in attr["checks"]:
        return f"{entries[-1]} - 1"
    return entries[value]


def expected_rule(attr, is_nest_of, enums):
    """A regular expression that the module's rule for attr matches."""
    checks = attr.get("checks", {})
    kind = attr["type"]
    if kind in ("u8", "u16", "u32"):
        nla = "NLA_" + kind.upper()
        if "min" in checks and "max" in checks:
            return (rf"NLA_POLICY_RANGE\({nla}, {bound(attr, enums, 'min')}, "
                    rf"{bound(attr, enums, 'max')}\),")
        if "min" in checks:
            return rf"NLA_POLICY_MIN\({nla}, {bound(attr, enums, 'min')}\),"
        if "max" in checks:
            return rf"NLA_POLICY_MAX\({nla}, {bound(attr, enums, 'max')}\),"
        return rf"\{{ \.type = {nla} \}},"
    if kind == "flag":
        return r"\{ \.type = NLA_FLAG \},"
    if kind == "nest":
        return rf"NLA_POLICY_NESTED\({is_nest_of}_policy\),"
    if kind == "string":
        return (r"\{ \.type = NLA_NUL_STRING, "
                rf"\.len = {checks['max-len']}, \}},")
    if "exact-len" in checks:
        return rf"NLA_POLICY_EXACT_LEN\({checks['exact-len']}\),"
    if "max-len" in checks:
        return (r"\{ \.type = NLA_BINARY, "
                rf"\.len = {checks['max-len']}, \}},")
    return r"\{ \.type = NLA_BINARY \},"


def check_module_policies(spec, header):
    family = read(FAMILY)
    policies = module_policies(family)
    enums = spec_enums(spec)
    sets = attribute_sets(spec)
    wanted = {}
    for op in spec["operations"]["list"]:
        if "attribute-set" in op and request_attributes(op):
            wanted.setdefault(op["attribute-set"], set()).update(
                request_attributes(op))
    wanted["group"] = {a["name"] for a in sets["group"]["attributes"]}
    for name in sorted(set(wanted) & set(policies)):
        prefix = constant(sets[name]["name-prefix"])
        rules = policies[name]
        for attr in sets[name]["attributes"]:
            rule = rules.pop(prefix + constant(attr["name"]), None)
            if attr["name"] not in wanted[name]:
                if rule:
                    yield f"{name}.{attr['name']}: taken by the module"
                continue
            want = expected_rule(attr, attr.get("nested-attributes"), enums)
            have = rule and spelled_out(rule.strip(), header, family)
            if not have or not re.fullmatch(want, have):
                yield f"{name}.{attr['name']}: {have} is not {want}"
        for attr in rules:
            yield f"{name}: {attr} is not in the specification"
    for name in sorted(set(wanted) - set(policies)):
        yield f"{name}: the module has no policy"


def compiles(compiler, *flags):
    with tempfile.TemporaryDirectory() as tmp:
        source = os.path.join(tmp, "alone.c")
        with open(source, "w", encoding="ascii") as f:
            f.write("#include <linux/cesteer.h>\n"
                    "extern int unused;\n")
        result = subprocess.run(
            [compiler, *flags, "-Wall", "-Wextra", "-Werror",
             "-pedantic-errors", "-I" + os.path.join(TOP, "uapi"),
             "-fsyntax-only", source],
            capture_output=True, text=True, check=False)
    return result.stderr.splitlines()


def check_c90(_spec, _header):
    yield from compiles(os.environ.get("CC", "gcc"), "-std=c90")


def check_cxx(_spec, _header):
    yield from compiles(os.environ.get("CXX", "g++"), "-std=c++98", "-xc++")


CHECKS = [
    ("enumerations agree", check_enums),
    ("defines agree", check_defines),
    ("structs agree", check_structs),
    ("the specification defines what it uses", check_references),
    ("the module's commands agree", check_module_ops),
    ("the module's policies agree", check_module_policies),
    ("the header compiles alone as C90", check_c90),
    ("the header compiles alone as C++", check_cxx),
]


def main():
    spec = yaml.safe_load(read(SPEC))
    header = Header(read(HEADER))
    failed = 0
    print("TAP version 13")
    print(f"1..{len(CHECKS)}")
    for number, (title, check) in enumerate(CHECKS, 1):
        complaints = list(check(spec, header))
        for line in complaints:
            print(f"# {line}")
        failed += bool(complaints)
        print(f"{'not ' if complaints else ''}ok {number} uapi: {title}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
