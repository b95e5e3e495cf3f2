package muster.proof.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import muster.proof.simulator.Mutant.Bug;
import org.junit.jupiter.api.Test;

/**
 * Deliberately broken protocols must be caught, or the simulator proves nothing. Each bug is planted into the production
 * byte code; each test says which promise breaks first.
 */
class MutantsTest {
    private static final int SEEDS = 30;
    private static final int MEMBERS = 12;

    @Test
    void a_healthy_protocol_breaks_nothing_in_the_same_runs() {
        Bug none = (code, element) -> {
            code.with(element);
            return true;
        };
        assertThat(new Mutant("Lifecycle", "alive", none).firstBroken(5, MEMBERS))
                .isEmpty();
    }

    @Test
    void reviving_a_member_with_an_equal_incarnation_is_caught() {
        Bug bug = branch(Opcode.IFLE, 1, Opcode.IFLT);
        assertThat(broken("Lifecycle", "alive", bug)).containsAnyOf("S3_", "S4_");
    }

    @Test
    void believing_a_death_older_than_what_is_known_is_caught() {
        Bug bug = alwaysBranch(Opcode.IFGE);
        assertThat(broken("Lifecycle", "dead", bug)).startsWith("S1_");
    }

    @Test
    void raising_the_incarnation_of_another_member_is_caught() {
        Bug bug = (code, element) -> {
            if (element instanceof FieldInstruction field
                    && field.opcode() == Opcode.PUTFIELD
                    && field.name().equalsString("incarnation")) {
                code.lconst_1().ladd().with(element);
                return true;
            }
            return false;
        };
        assertThat(broken("Lifecycle", "bury", bug)).startsWith("S2_");
    }

    @Test
    void never_refuting_is_caught() {
        Bug bug = Mutant.body(code -> code.return_());
        assertThat(broken("Lifecycle", "refute", bug)).containsAnyOf("L2_", "L3_");
    }

    @Test
    void never_ending_a_suspicion_is_caught() {
        Bug bug = Mutant.body(code -> code.return_());
        assertThat(broken("Lifecycle", "timedOut", bug)).startsWith("L3_");
    }

    @Test
    void ending_a_suspicion_at_once_is_caught() {
        Bug bug = Mutant.body(code -> code.lconst_1().lreturn());
        assertThat(broken("Formulas", "suspicionNanos", bug)).startsWith("L2_");
    }

    @Test
    void keeping_silent_about_failures_is_caught() {
        Bug bug = (code, element) -> {
            if (calls(element, "World", "tell")) {
                code.pop2();
                return true;
            }
            return false;
        };
        assertThat(broken("Standing", "gone", bug)).startsWith("S5_");
    }

    @Test
    void telling_an_event_again_is_caught() {
        Bug bug = (code, element) -> {
            if (element instanceof InvokeInstruction call && call.name().equalsString("contains")) {
                code.pop2().iconst_0();
                return true;
            }
            return false;
        };
        assertThat(broken("Recent", "see", bug)).startsWith("S6_");
    }

    @Test
    void forgetting_the_events_that_a_full_state_brings_is_caught() {
        Bug bug = Mutant.body(code -> code.return_());
        assertThat(broken("UserEvents", "replay", bug)).startsWith("L5_");
    }

    @Test
    void a_lamport_clock_that_follows_others_back_is_caught() {
        Bug bug = (code, element) -> {
            if (element instanceof InvokeInstruction call && call.name().equalsString("max")) {
                code.dup2_x2().pop2().pop2();
                return true;
            }
            return false;
        };
        assertThat(broken("LamportClock", "witness", bug)).startsWith("S6_");
    }

    @Test
    void datagrams_over_the_limit_are_caught() {
        Bug bug = (code, element) -> {
            if (element instanceof ConstantInstruction constant
                    && constant.constantValue().equals(1_400)) {
                code.loadConstant(1_500);
                return true;
            }
            return false;
        };
        // Only a big cluster that joins has so much to say at once.
        assertThat(new Mutant("Post", "<init>", bug).firstBroken(SEEDS, 40)).startsWith("S7_");
    }

    @Test
    void letting_refused_input_change_the_state_is_caught() {
        Bug bug = (code, element) -> {
            if (calls(element, "Counters", "add")) {
                ClassDesc gossip = ClassDesc.of("muster.gossip.Gossip");
                ClassDesc awareness = ClassDesc.of("muster.gossip.Awareness");
                code.with(element)
                        .aload(0)
                        .getfield(gossip, "awareness", awareness)
                        .iconst_1()
                        .invokevirtual(awareness, "add", MethodTypeDesc.ofDescriptor("(I)V"));
                return true;
            }
            return false;
        };
        assertThat(broken("Gossip", "datagram", bug)).startsWith("S8_");
    }

    @Test
    void throwing_on_refused_input_is_caught() {
        Bug bug = Mutant.body(code -> code.aconst_null().athrow());
        assertThat(broken("Counters", "add(Lmuster/gossip/wire/Rejection;)V", bug))
                .startsWith("S0_");
    }

    @Test
    void talking_after_the_leave_has_ended_is_caught() {
        Bug bug = Mutant.body(code -> code.iconst_0().ireturn());
        assertThat(broken("Departure", "done", bug)).startsWith("S9_");
    }

    @Test
    void losing_all_timers_is_caught() {
        Bug bug = Mutant.body(code -> code.return_());
        assertThat(broken("Agenda", "run", bug)).startsWith("S0_");
    }

    private static String broken(String className, String method, Bug bug) {
        String broken = new Mutant(className, method, bug).firstBroken(SEEDS, MEMBERS);
        System.out.println(
                className + "." + method + ": " + broken.lines().findFirst().orElse("NOT CAUGHT"));
        return broken;
    }

    private static boolean calls(CodeElement element, String owner, String method) {
        return element instanceof InvokeInstruction call
                && call.name().equalsString(method)
                && call.owner().asInternalName().equals("muster/gossip/" + owner);
    }

    /** The branch number {@code which} (from 0) with this condition gets another one. */
    private static Bug branch(Opcode from, int which, Opcode to) {
        return new Bug() {
            private int met;

            @Override
            public boolean plant(CodeBuilder code, CodeElement element) {
                if (element instanceof BranchInstruction branch && branch.opcode() == from && met++ == which) {
                    code.branch(to, branch.target());
                    return true;
                }
                return false;
            }
        };
    }

    /** The first branch with this condition is always taken. */
    private static Bug alwaysBranch(Opcode condition) {
        return new Bug() {
            private boolean done;

            @Override
            public boolean plant(CodeBuilder code, CodeElement element) {
                if (element instanceof BranchInstruction branch && branch.opcode() == condition && !done) {
                    done = true;
                    code.pop().goto_(branch.target());
                    return true;
                }
                return false;
            }
        };
    }
}
