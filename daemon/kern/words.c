// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The field's words for the contract's numbers. A number that this program
 * does not know is "unknown", never an error.
 */
#include "kern/events.h"

#include "base/array.h"

static const char *word(const char *const *words, size_t n, unsigned int i)
{
	return i < n && words[i] ? words[i] : "unknown";
}

const char *kern_action_name(uint8_t action)
{
	static const char *const words[] = {
		[CESTEER_ACTION_UNSPEC] = "none",
		[CESTEER_ACTION_PROTECT] = "protect",
		[CESTEER_ACTION_BYPASS] = "bypass",
		[CESTEER_ACTION_DISCARD] = "discard",
	};

	return word(words, ARRAY_SIZE(words), action);
}

const char *kern_mode_name(uint8_t mode)
{
	static const char *const words[] = {
		[CESTEER_MODE_ON_DEMAND] = "on-demand",
		[CESTEER_MODE_PRE_ESTABLISHED] = "pre-established",
	};

	return word(words, ARRAY_SIZE(words), mode);
}

const char *kern_verdict_name(uint8_t verdict)
{
	static const char *const words[] = {
		[CESTEER_VERDICT_PASS] = "pass",
		[CESTEER_VERDICT_PROTECT] = "protect",
		[CESTEER_VERDICT_DROP] = "drop",
	};

	return word(words, ARRAY_SIZE(words), verdict);
}

const char *kern_gateway_state_name(uint8_t state)
{
	static const char *const words[] = {
		[CESTEER_GATEWAY_USABLE] = "usable",
		[CESTEER_GATEWAY_DOWN] = "down",
	};

	return word(words, ARRAY_SIZE(words), state);
}

const char *kern_feature_name(uint8_t feature)
{
	static const char *const words[] = {
		[CESTEER_FEATURE_ICMP_ERRORS] = "icmp-errors",
		[CESTEER_FEATURE_WAITING] = "waiting",
		[CESTEER_FEATURE_OWNER] = "owner",
		[CESTEER_FEATURE_FAST] = "fast",
	};

	return word(words, ARRAY_SIZE(words), feature);
}

const char *kern_command_name(uint8_t cmd)
{
	static const char *const words[] = {
		[CESTEER_CMD_VPN_NEW] = "vpn-new",
		[CESTEER_CMD_VPN_DEL] = "vpn-del",
		[CESTEER_CMD_GATEWAY_NEW] = "gateway-new",
		[CESTEER_CMD_GATEWAY_SET] = "gateway-set",
		[CESTEER_CMD_GATEWAY_DEL] = "gateway-del",
		[CESTEER_CMD_SOURCE_NEW] = "source-new",
		[CESTEER_CMD_SOURCE_DEL] = "source-del",
		[CESTEER_CMD_ROUTE_NEW] = "route-new",
		[CESTEER_CMD_ROUTE_DEL] = "route-del",
		[CESTEER_CMD_TABLE_BEGIN] = "table-begin",
		[CESTEER_CMD_TABLE_COMMIT] = "table-commit",
		[CESTEER_CMD_TABLE_ABORT] = "table-abort",
		[CESTEER_CMD_QUEUE_SET] = "queue-set",
		[CESTEER_CMD_DEVICE_NEW] = "device-new",
		[CESTEER_CMD_DEVICE_DEL] = "device-del",
	};

	return word(words, ARRAY_SIZE(words), cmd);
}
