/* SPDX-License-Identifier: MIT */
/*
 * The unload protocol, for spin: every order in which callers, the unloader, the clock and a signal
 * can take their steps. Checked by `make model`: the module is never freed with anybody in its text;
 * every attempt ends, and ends with the module empty if callers leave and time does not run out; a
 * refusal leaves the hooks in, and whoever was inside is so again or has left by its own will.
 *
 * Not for: what ftrace, task work and the scheduler do, which is taken to be what they promise; the
 * wait before the hooks come out, which touches nothing (unload.c: blockers_wait()).
 *
 *   here                            there
 *   caller(): ENTRY INSIDE LEAVING  arch/x86/trampoline.S: before, between and after the two stores
 *   caller(): ON_WAY HELD RETURNING unload.c: mover_run(): before, in and after its wait
 *   unloader(), a label a step      unload.c: step_carry_out()
 *   facts()                         unload.c: facts_collect()
 *   unloader(), label next          core/unload.c: step_after()
 *   rcu_tasks()                     synchronize_rcu_tasks()
 *   late, move_late, signalled      core/unload.c: time_is_up(), and unload_facts.interrupted
 *   freed                           control.c: module_put(); then delete_module
 *
 * PATIENT: no deadline, no signal, and everybody leaves in the end. BREAK_...: a step is left out,
 * and the model has to find out.
 */
#ifndef MOVABLES
#define MOVABLES 2
#endif
#define CALLERS (MOVABLES + 1) /* the last one can block, and cannot be moved */
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif

mtype = {
	OUTSIDE,   /* in its program */
	UNHOOKED,  /* in the call, and not in our text */
	ENTRY,	   /* in the trampoline, not in its slot yet; never sleeps here */
	INSIDE,	   /* in the call and in its slot, asleep */
	LEAVING,   /* out of its slot, the last instructions; never sleeps here */
	ON_WAY,	   /* asked, and out of the call */
	HELD,	   /* asleep in mover_run() */
	RETURNING, /* its last instructions; never sleeps here */
	GONE
};

mtype place[CALLERS] = OUTSIDE;
bool slot[CALLERS];  /* says inside */
bool asked[CALLERS]; /* has a mover that is not done */
bool held[CALLERS];  /* whose state is held */
bool hooked = true, holding, late, move_late, signalled, emptied, ended;
bool inside_before[CALLERS]; /* when the hooks were out, and did not leave by its own will since */

#define awake_in_text(i)                                                                           \
	(place[i] == ENTRY || place[i] == LEAVING || place[i] == RETURNING)
#define in_text(i) (awake_in_text(i) || place[i] == INSIDE || place[i] == HELD)

proctype caller(byte i)
{
	bool again = true; /* a call to make, or one that begins anew */

	do
	:: atomic { place[i] == OUTSIDE && again && hooked -> again = false; place[i] = ENTRY }
	:: atomic { place[i] == OUTSIDE && again && !hooked -> again = false; place[i] = UNHOOKED }
	:: atomic { place[i] == OUTSIDE && !again -> place[i] = GONE; break }
	:: atomic { place[i] == UNHOOKED -> place[i] = OUTSIDE }
	:: atomic { place[i] == ENTRY -> slot[i] = true; place[i] = INSIDE }
	:: atomic { place[i] == INSIDE -> /* by its own will */
		slot[i] = false; inside_before[i] = false; place[i] = LEAVING }
	:: atomic { place[i] == INSIDE && asked[i] ->
		slot[i] = false; again = true; place[i] = LEAVING }
#ifndef PATIENT
	:: place[i] == INSIDE -> break /* stays for ever */
#endif
	:: atomic { place[i] == LEAVING && asked[i] -> place[i] = ON_WAY }
	:: atomic { place[i] == LEAVING && !asked[i] -> place[i] = OUTSIDE }
	:: atomic { place[i] == ON_WAY -> held[i] = true; place[i] = HELD }
	:: atomic { place[i] == HELD && !holding -> held[i] = false; asked[i] = false;
		place[i] = RETURNING }
	:: atomic { place[i] == HELD -> /* a signal of its own */
		held[i] = false; asked[i] = false; inside_before[i] = false; place[i] = RETURNING }
	:: atomic { place[i] == RETURNING -> place[i] = OUTSIDE }
	od
}

#ifndef PATIENT
active proctype clock()
{
	late = true;
	move_late = true
}

active proctype signal()
{
	if
	:: signalled = true
	:: skip
	fi
}
#endif

inline rcu_tasks()
{
	for (i : 0 .. CALLERS - 1) {
		!awake_in_text(i) /* blocks until it has been so once */
	}
}

byte inside, movable, moving, holds;

inline facts()
{
	atomic { inside = 0; movable = 0; moving = 0; holds = 0 }
	for (i : 0 .. CALLERS - 1) {
		atomic { moving = moving + asked[i]; holds = holds + held[i] }
	}
	for (i : 0 .. CALLERS - 1) {
		atomic { inside = inside + slot[i]; movable = movable + (slot[i] && i < MOVABLES) }
	}
}

active proctype unloader()
{
	byte i, attempts;
	bool released;

	atomic {
		for (i : 0 .. CALLERS - 1) {
			run caller(i)
		}
	}
unhook:
	attempts++;
	released = false;
#ifndef BREAK_HOLD
	holding = true; /* now, because of those asked in an earlier attempt */
#endif
	hooked = false;
#ifndef BREAK_UNHOOK
	rcu_tasks();
#endif
	atomic {
		for (i : 0 .. CALLERS - 1) {
			inside_before[i] = slot[i]
		}
	}
next:
	facts();
	if
	:: released && moving > 0 -> goto next
	:: released && moving == 0 -> goto settle
	:: !released && inside == 0 && moving == holds && holds > 0 -> goto release
	:: !released && inside == 0 && moving == holds && holds == 0 -> goto settle
	:: !released && !(inside == 0 && moving == holds) ->
		if
		:: signalled || (inside > movable && late) || (inside <= movable && move_late) ->
			goto rehook
		:: else ->
			if
			:: inside > movable || movable == 0 -> goto next
			:: else -> goto move
			fi
		fi
	fi;
move:
	skip; /* a label in front of a loop would be behind its first step */
	for (i : 0 .. MOVABLES - 1) {
		atomic {
			if
			:: slot[i] && !asked[i] -> asked[i] = true
			:: else
			fi
		}
	}
	goto next;
release:
	holding = false;
	released = true;
	goto next;
settle:
#ifndef BREAK_SETTLE
	rcu_tasks();
#endif
	atomic {
		emptied = true;
		for (i : 0 .. CALLERS - 1) {
			assert(!in_text(i) && !asked[i])
		}
		assert(!hooked);
		ended = true;
		goto done
	}
rehook:
#ifndef BREAK_REHOOK
	hooked = true;
#endif
	holding = false;
	atomic {
		assert(hooked);
		for (i : 0 .. CALLERS - 1) {
			assert(!inside_before[i] || place[i] != UNHOOKED)
		}
	}
	if
	:: attempts < ATTEMPTS -> goto unhook
	:: ended = true
	fi;
done:
	skip
}

#ifdef PATIENT
ltl ends { <> emptied }
#else
ltl ends { <> ended }
#endif
