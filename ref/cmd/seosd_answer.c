/* SPDX-License-Identifier: MIT */
/*
 * What seosd answers: a status, a line of text, or output.
 */
#include "ref/cmd/seosd.h"
#include "ref/core/scan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void answer_send(struct platform *p, struct platform_connection *c, struct message_answer *answer)
{
	char clean[MESSAGE_TEXT_MAX];
	size_t bytes;
	char *text;

	scan_clean_text(answer->text, clean, sizeof(clean));
	memcpy(answer->text, clean, sizeof(clean));
	if (message_write_answer(answer, &text, &bytes)) {
		p->ops->reply(p, c, "", 0); /* refused as no message: ends the connection */
		return;
	}
	(void)p->ops->reply(p, c, text, bytes); /* who has gone needs no answer */
	free(text);
}

void answer_line(struct platform *p, struct platform_connection *c, enum exit_status status,
		 const char *format, ...)
{
	struct message_answer *answer = calloc(1, sizeof(*answer));
	va_list args;

	if (!answer) {
		p->ops->reply(p, c, "", 0);
		return;
	}
	answer->status = status;
	va_start(args, format);
	vsnprintf(answer->text, sizeof(answer->text), format, args);
	va_end(args);
	answer_send(p, c, answer);
	free(answer);
}

void answer_not_allowed(struct platform *p, struct platform_connection *c,
			const struct accessor *who, const char *what)
{
	answer_line(p, c, EXIT_REFUSED, "user %s is not allowed to %s: ADMIN or OPERATOR is needed",
		    who->user, what);
}

void answer_output(struct platform *p, struct platform_connection *c, const char *output)
{
	struct message_answer *answer = calloc(1, sizeof(*answer));

	if (!answer) {
		answer_line(p, c, EXIT_REFUSED, "out of memory");
		return;
	}
	snprintf(answer->output, sizeof(answer->output), "%s", output);
	answer_send(p, c, answer);
	free(answer);
}
