// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit program for the battery, without any library, so that it builds on a 64-bit system as it
 * is: opens a FIFO with call 5, or accepts a connection with call 102, and exits with the errno it
 * got.
 *
 * Not for: use outside the battery.
 *
 *   battery32 open PATH
 *   battery32 accept FD
 */
#define NR_EXIT           1
#define NR_OPEN           5
#define NR_SOCKETCALL     102
#define SOCKETCALL_ACCEPT 5

static long call3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return result;
}

static long accept_on(const char *digits)
{
	long arguments[3] = {0, 0, 0};

	for (; *digits >= '0' && *digits <= '9'; digits++)
		arguments[0] = arguments[0] * 10 + (*digits - '0');
	return call3(NR_SOCKETCALL, SOCKETCALL_ACCEPT, (long)arguments, 0);
}

/* stack: argc, argv[0], argv[1], ... */
__attribute__((used)) static void begin(char **stack)
{
	long result;

	if (*(long *)stack != 3)
		call3(NR_EXIT, 125, 0, 0);
	if (stack[2][0] == 'o')
		result = call3(NR_OPEN, (long)stack[3], 0, 0);
	else
		result = accept_on(stack[3]);
	call3(NR_EXIT, result < 0 ? -result : 0, 0, 0);
	__builtin_unreachable();
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov	%esp, %eax\n"
	"	push	%eax\n"
	"	call	begin\n");
