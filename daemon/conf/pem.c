// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PEM (RFC 7468). Owns the armour; of what is inside it knows no more than
 * that it is one DER sequence, whole: the rest is the IKE daemon's business.
 */
#include "conf/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Octets written, or -1 when it is not base64 (RFC 4648) or over size. */
static ssize_t decode(const char *text, size_t len, uint8_t *to, size_t size)
{
	unsigned int bits = 0, n_bits = 0;
	size_t n = 0, i;
	int v;

	for (i = 0; i < len; i++) {
		if (strchr(" \t\r\n", text[i]))
			continue;
		if (text[i] == '=')
			break;
		v = digit(text[i]);
		if (v < 0)
			return -1;
		bits = bits << 6 | (unsigned int)v;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		if (n == size)
			return -1;
		to[n++] = (uint8_t)(bits >> n_bits);
		bits &= (1u << n_bits) - 1;
	}
	for (; i < len; i++) {
		if (!strchr(" \t\r\n=", text[i]))
			return -1;
	}
	return n_bits < 6 && !bits ? (ssize_t)n : -1;
}

/* One sequence that is as long as it says (X.690, 8.1). */
static bool is_der(const uint8_t *p, size_t len)
{
	size_t n, said = 0, i;

	if (len < 2 || p[0] != 0x30)
		return false;
	if (p[1] < 0x80)
		return len == 2u + p[1];
	n = p[1] & 0x7f;
	if (!n || n > 3 || len < 2 + n)
		return false;
	for (i = 0; i < n; i++)
		said = said << 8 | p[2 + i];
	return len == 2 + n + said;
}

/* The file as a string; NULL, and why. */
static char *slurp(const char *file, char *why, size_t why_len)
{
	char *text = malloc(PEM_FILE_MAX + 1);
	size_t n = 0;
	ssize_t r;
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (!text || fd < 0 || fstat(fd, &st)) {
		snprintf(why, why_len, "%s: %s", file, strerror(errno));
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, why_len, "%s is not a regular file", file);
		goto fail;
	}
	do {
		r = read(fd, text + n, PEM_FILE_MAX + 1 - n);
		if (r > 0)
			n += (size_t)r;
	} while (r > 0 && n <= PEM_FILE_MAX);
	if (r < 0) {
		snprintf(why, why_len, "%s: %s", file, strerror(errno));
		goto fail;
	}
	if (n > PEM_FILE_MAX) {
		snprintf(why, why_len,
			 "%s is too long, expected at most %d octets", file,
			 PEM_FILE_MAX);
		goto fail;
	}
	text[n] = 0;
	close(fd);
	return text;
fail:
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

static unsigned int line_of(const char *text, const char *at)
{
	unsigned int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

bool pem_certificates(const char *file, pem_each_fn each, void *arg, char *why,
		      size_t why_len)
{
	char *text = slurp(file, why, why_len);
	uint8_t der[PEM_CERT_MAX];
	const char *at, *body, *end;
	unsigned int n = 0;
	ssize_t len;

	if (!text)
		return false;
	for (at = text; (at = strstr(at, BEGIN)); at = end + strlen(END)) {
		body = at + strlen(BEGIN);
		end = strstr(body, END);
		len = end ? decode(body, (size_t)(end - body), der,
				   sizeof(der)) :
			    -1;
		if (len < 0 || !is_der(der, (size_t)len)) {
			snprintf(
				why, why_len,
				"%s:%u: the certificate that begins here is not whole",
				file, line_of(text, at));
			free(text);
			return false;
		}
		each(arg, der, (size_t)len);
		n++;
	}
	free(text);
	if (!n)
		snprintf(why, why_len,
			 "%s holds no certificate, expected PEM: \"%s\"", file,
			 BEGIN);
	return n;
}

const char *pem_key_flaw(const uint8_t *text, size_t len)
{
	static const char kind[] = "PRIVATE KEY-----";
	const char *at = memmem(text, len, kind, strlen(kind));

	if (!at || !memmem(text, len, "-----BEGIN ", 11))
		return "holds no private key, expected PEM: \"-----BEGIN PRIVATE KEY-----\"";
	if (memmem(text, len, "ENCRYPTED", 9))
		return "holds an encrypted private key, expected one that needs no passphrase";
	return NULL;
}
