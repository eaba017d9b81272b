# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which functions packets come by, where the kernel can tell.

TRACE=/sys/kernel/tracing

can_trace()
{
	mount -t tracefs tracefs $TRACE 2>/dev/null
	grep -qw function $TRACE/available_tracers || return
	# To know processes' names it would patch the scheduler each time, in which
	# an emulated CPU may go on with what it has translated, for ever.
	echo 0 >$TRACE/options/record-cmd
}

# calls FUNCTIONS PATTERN COMMAND...: how many lines of the trace of these
# functions (FUNCTION <-CALLER) match while the command runs.
calls()
{
	local functions=$1 pattern=$2

	shift 2
	echo 0 >$TRACE/tracing_on
	echo nop >$TRACE/current_tracer
	echo "$functions" >$TRACE/set_ftrace_filter
	echo function >$TRACE/current_tracer
	echo 1 >$TRACE/tracing_on
	"$@" >/dev/null
	echo 0 >$TRACE/tracing_on
	grep -cE "$pattern" $TRACE/trace
	echo nop >$TRACE/current_tracer
}

# told DESCRIPTION COMMAND...: a result, where it can be told.
told()
{
	if can_trace; then
		t_check "$@"
	else
		t_skip "$1" "this kernel traces no functions"
	fi
}
