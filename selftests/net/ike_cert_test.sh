#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Gateways that prove with certificates who they are: that a gateway was
# announced makes no peer of whoever answers at its address. With strongSwan on
# both sides.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

PKI=$WORK/pki

# ca NAME [ISSUER]: a CA of its own right, or one that another vouches for.
ca()
{
	certificate "$1" "${2:-}" "basicConstraints=critical,CA:true"
}

# certificate NAME ISSUER EXTENSION: NAME.pem and NAME.key.
certificate()
{
	local by=()

	[ -z "$2" ] || by=(-CA "$PKI/$2.pem" -CAkey "$PKI/$2.key")
	(umask 077 && openssl ecparam -name prime256v1 -genkey -noout \
		-out "$PKI/$1.key") || return
	openssl req -x509 -new -key "$PKI/$1.key" -subj "/CN=$1" -days 2 \
		-addext "$3" "${by[@]}" -out "$PKI/$1.pem"
}

pki()
{
	mkdir -p "$PKI" && ca ca && ca between ca && ca rogue &&
		certificate ce1 between "subjectAltName=IP:192.0.2.1" &&
		certificate ce2 ca "subjectAltName=IP:198.51.100.1" &&
		certificate neighbor ca "subjectAltName=IP:198.51.100.9" &&
		certificate named ca "subjectAltName=DNS:ce2.example.com" &&
		certificate impostor rogue "subjectAltName=IP:198.51.100.1" &&
		cat "$PKI/between.pem" >>"$PKI/ce1.pem" &&
		cat "$PKI/rogue.pem" "$PKI/ca.pem" >"$PKI/both.pem"
}

# cert_conf CE CERTIFICATE [CA [MORE]]
cert_conf()
{
	gateway_conf "$1" "certificate: { file: $PKI/$2.pem, key: $PKI/$2.key${4:-} }" \
		"trusted-cas: [$PKI/${3:-ca}.pem]"
}

# answers_with CERTIFICATE [CA [MORE]]: ce2 starts anew with another
# certificate, and nothing is left of before.
answers_with()
{
	gateways_down
	cert_conf ce1 ce1 && cert_conf ce2 "$@" && gateways_up ce1 ce2 &&
		wait_for 20 ike_state ce1 waiting &&
		wait_for 20 ike_state ce2 waiting failed
}

reload_ce1()
{
	local n

	n=$(grep -c 'configuration reloaded' "$WORK/ce1/cesteerd.log")
	kill -HUP "${daemon_pid[ce1]}" && wait_for 10 reloaded "$n"
}

# reloaded N: more often than that.
reloaded()
{
	[ "$(grep -c 'configuration reloaded' "$WORK/ce1/cesteerd.log")" -gt "$1" ]
}

# called: traffic calls for the SA, and it failed.
called()
{
	ping_ok host1 10.2.0.2 >/dev/null
	ike_state ce1 failed
}

# refused WHY: ce1 will have none of it, says why, and nothing gets through.
refused()
{
	wait_for 30 called && wait_for 15 ike_why ce1 "$1" &&
		isnt ping_ok host1 10.2.0.2
}

# unseen: no line of its own, either.
unseen()
{
	local what key

	for what in gateways sas info events; do
		cesteer ce1 show $what --json || return
	done >"$WORK/ce1/shown.log"
	key=$(grep -x '[A-Za-z0-9+/=]\{40,\}' "$PKI/ce1.key") || return
	lacks "$key" "$WORK"/ce1/{cesteerd,ike,shown}.log &&
		isnt grep -rF -- "$key" "$WORK/ce1"
}

t_plan 14
t_need "two sites" sites_up
t_need "certificates" pki
cap_start wire core ce1 || t_bail "no capture"
t_need "both have certificates, one by an intermediate CA" answers_with ce2
t_check "traffic brings the SA up" wait_for 10 ping_ok host1 10.2.0.2
t_check "the private key is in no log and shown nowhere" unseen

answers_with neighbor
t_check "another gateway's certificate for the announced one: refused" \
	refused "198.51.100.1"
# It does trust us.
answers_with impostor both
t_check "a certificate of a CA that is not trusted: refused" \
	refused "no trusted"
mkdir -p "$WORK/swanctl/x509ca"
printf 'authorities { rogue { file = %s } }\n' "$PKI/rogue.pem" \
	>"$WORK/swanctl/swanctl.conf"
t_check "even when strongSwan trusts it for other reasons" eval \
	"swan ce1 --load-authorities --file $WORK/swanctl/swanctl.conf &&
	swan ce1 --list-certs --type x509 | grep -q 'CN=rogue' &&
	refused 'peer not authenticated by CA'"

answers_with impostor both
cert_conf ce1 ce1 both
reload_ce1 && wait_for 20 ike_state ce1 waiting up
t_check "a CA that is trusted vouches for it" \
	wait_for 15 ping_ok host1 10.2.0.2
cert_conf ce1 ce1
t_check "trusted no more: that is said" eval \
	"reload_ce1 && wait_for 10 grep '1 CA certificates are trusted no more' $WORK/ce1/cesteerd.log"
swan ce1 --terminate --ike "cesteer-$(gateway ce1)" >/dev/null
t_check "no new SA by it, though strongSwan lists it" eval \
	"swan ce1 --list-certs --type x509 | grep 'CN=rogue' && refused 'peer not authenticated by CA'"

answers_with named ca ", identity: ce2.example.com"
t_check "a name that no policy maps the gateway to: refused" \
	refused "198.51.100.1"
TOP="gateways: [{ address: 198.51.100.1, identity: ce2.example.com }]" \
	answers_with named ca ", identity: ce2.example.com"
t_check "a name that policy maps it to: up" wait_for 15 ping_ok host1 10.2.0.2
cap_stop wire
t_check "nothing left in clear text" cap_none wire "$CLEAR"
