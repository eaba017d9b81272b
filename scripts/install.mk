# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install      the daemon, the CLI and what belongs to them, and the
#                   module's sources for DKMS; DESTDIR and the GNU project's
#                   names of folders are obeyed
# make uninstall    all of that, and nothing else, gone again
# make deb, rpm     packages, in build/packages/

prefix ?= /usr/local
exec_prefix ?= $(prefix)
sbindir ?= $(exec_prefix)/sbin
sysconfdir ?= /etc
datarootdir ?= $(prefix)/share
docdir ?= $(datarootdir)/doc/cesteer
mandir ?= $(datarootdir)/man
# systemd looks here whatever the prefix is.
unitdir ?= $(if $(filter /usr,$(prefix)),/usr,/usr/local)/lib/systemd/system
tmpfilesdir ?= $(if $(filter /usr,$(prefix)),/usr,/usr/local)/lib/tmpfiles.d
bashcompdir ?= $(datarootdir)/bash-completion/completions
zshcompdir ?= $(datarootdir)/zsh/site-functions
srcdir ?= /usr/src

INSTALL ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 755
INSTALL_DATA ?= $(INSTALL) -m 644

VERSION = $(shell scripts/version)
DKMS_DIR = $(srcdir)/cesteer-$(VERSION)
DKMS_SRC = dkms.conf Kbuild LICENSE scripts/check-config \
	$(sort $(shell find kmod uapi -type f \( -name '*.[ch]' -o \
		-name README.md -o -name '*.yaml' \) ! -name '*.mod.c'))
MAN := $(wildcard daemon/man/*.[1-9]) \
	$(patsubst daemon/man/%.in,$(B)/man/%,$(wildcard daemon/man/*.in))

install: install-user install-dkms

install-user: user $(MAN) $(B)/cesteerd.service $(B)/cesteerd.yaml
	$(INSTALL) -d $(addprefix $(DESTDIR),$(sbindir) $(unitdir) \
		$(sysconfdir)/cesteer \
		$(tmpfilesdir) $(docdir)/examples $(bashcompdir) $(zshcompdir) \
		$(sort $(foreach m,$(MAN),$(mandir)/man$(subst .,,$(suffix $m)))))
	$(INSTALL_PROGRAM) $(B)/cesteerd $(B)/cesteer $(DESTDIR)$(sbindir)
	$(INSTALL_DATA) $(B)/cesteerd.service $(DESTDIR)$(unitdir)
	$(INSTALL_DATA) daemon/dist/cesteer.tmpfiles \
		$(DESTDIR)$(tmpfilesdir)/cesteer.conf
	$(INSTALL_DATA) $(B)/cesteerd.yaml daemon/dist/hold-network.conf \
		$(DESTDIR)$(docdir)/examples
	$(INSTALL_DATA) daemon/dist/cesteer.bash $(DESTDIR)$(bashcompdir)/cesteer
	$(INSTALL_DATA) daemon/dist/cesteer.zsh $(DESTDIR)$(zshcompdir)/_cesteer
	set -e; for m in $(MAN); do \
		$(INSTALL_DATA) $$m $(DESTDIR)$(mandir)/man$${m##*.}/; done

install-dkms:
	set -e; for f in $(DKMS_SRC); do \
		$(INSTALL) -D -m $$(test -x $$f && echo 755 || echo 644) $$f \
			$(DESTDIR)$(DKMS_DIR)/$$f; done

# A configuration, and folders that others use too, stay.
uninstall:
	rm -f $(addprefix $(DESTDIR),$(sbindir)/cesteerd $(sbindir)/cesteer \
		$(unitdir)/cesteerd.service $(tmpfilesdir)/cesteer.conf \
		$(docdir)/examples/cesteerd.yaml \
		$(docdir)/examples/hold-network.conf $(bashcompdir)/cesteer \
		$(zshcompdir)/_cesteer)
	set -e; for m in $(notdir $(MAN)); do \
		rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$$m; done
	rm -rf $(DESTDIR)$(DKMS_DIR)
	for d in $(docdir)/examples $(docdir) $(sysconfdir)/cesteer; do \
		rmdir $(DESTDIR)$$d 2>/dev/null || true; done

$(B)/man/%: daemon/man/%.in $(B)/cesteerd.yaml scripts/man $(B)/cesteer
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)scripts/man $(B)/cesteer $(B)/cesteerd.yaml <$< >$@

$(B)/cesteerd.service: daemon/dist/cesteerd.service.in | $(B)
	$(Q)sed 's|@sbindir@|$(sbindir)|' $< >$@

$(B)/cesteerd.yaml: daemon/dist/cesteerd.yaml | $(B)
	$(Q)sed 's|/run/charon\.vici|$(vici)|' $< >$@

deb rpm: | $(B)
	@B=$(B) scripts/package $@

.PHONY: install install-user install-dkms uninstall deb rpm
# They name a folder or a socket, which differ from one call to the next.
.PHONY: $(B)/cesteerd.service $(B)/cesteerd.yaml
