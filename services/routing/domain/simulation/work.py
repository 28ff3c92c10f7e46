"""What owners do with their leads: answer, touch, work task by task, close or return them."""

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.desks import Todo
from services.routing.domain.simulation.scenario import Reaction
from services.routing.domain.simulation.stage import Stage


class Work:
    """In a scenario with attention agents do one thing at a time, while they are there; else things
    happen as long after one another as they were recorded.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._attention = stage.scenario.attention

    def resume(self, case: Case) -> None:
        """Go on with a case that somebody had at the start."""
        if case.accepted_at is None:
            self.expect_answer(case)
            return
        case.tasks_done = int(case.touched_at is not None)
        since = case.accepted_at if case.touched_at is None else case.touched_at
        self._plan_task(case, since=since)
        self._plan_return(case, self._reaction(case), since=case.accepted_at)

    def _reaction(self, case: Case) -> Reaction:
        reactions = case.arrival.reactions
        return reactions[min(len(case.owners), len(reactions)) - 1]

    def expect_answer(self, case: Case) -> None:
        """The owner will accept or decline, once they are there."""
        stage = self._stage
        desk = stage.desks[case.owner]
        if self._attention and not desk.online:
            desk.unanswered.append((case, case.epoch))
            return
        assert case.assigned_at is not None
        reaction = self._reaction(case)
        since = stage.now if self._attention else case.assigned_at
        stage.at(since + reaction.after, self._answer, case, case.epoch, reaction)

    def _answer(self, case: Case, epoch: int, reaction: Reaction) -> None:
        if case.epoch != epoch:
            return
        stage = self._stage
        desk = stage.desks[case.owner]
        if self._attention and not desk.online:
            desk.unanswered.append((case, epoch))
        elif reaction.declines:
            stage.take_away(case, "declined")
        else:
            case.accepted_at = stage.now
            if case.first_accepted_at is None:
                case.first_accepted_at = stage.now
            self._plan_task(case, since=stage.now)
            self._plan_return(case, reaction, since=stage.now)

    def _plan_return(self, case: Case, reaction: Reaction, *, since: int) -> None:
        if reaction.returns_after is not None:
            self._stage.at(since + reaction.returns_after, self._return, case, case.epoch)

    def _return(self, case: Case, epoch: int) -> None:
        if case.epoch == epoch:
            self._stage.take_away(case, "returned")

    def _plan_task(self, case: Case, *, since: int) -> None:
        arrival = case.arrival
        if case.tasks_done < len(arrival.tasks):
            task = arrival.tasks[case.tasks_done]
            self._stage.at(since + task.after, self._task_due, case, case.epoch, task.lasts)
        elif arrival.closes_after is not None:
            moment = since + arrival.closes_after
            self._stage.at(moment, self._stage.close, case, case.epoch)

    def _task_due(self, case: Case, epoch: int, lasts: int) -> None:
        if case.epoch != epoch:
            return
        if self._attention:
            self._stage.desks[case.owner].todos.append(Todo(case, epoch, lasts))
            self._begin_next(case.owner)
        else:
            self._touch(case)
            self._stage.at(self._stage.now + lasts, self._task_done, case, epoch)

    def _begin_next(self, agent: int) -> None:
        desk = self._stage.desks[agent]
        todo = desk.next_task()
        if todo is not None:
            desk.busy = True
            self._touch(todo.case)
            self._stage.at(self._stage.now + todo.lasts, self._desk_done, agent, todo)

    def _touch(self, case: Case) -> None:
        if case.touched_at is None:
            case.touched_at = self._stage.now

    def _desk_done(self, agent: int, todo: Todo) -> None:
        self._stage.desks[agent].busy = False
        self._task_done(todo.case, todo.epoch)
        self._begin_next(agent)

    def _task_done(self, case: Case, epoch: int) -> None:
        if case.epoch == epoch:
            case.tasks_done += 1
            self._plan_task(case, since=self._stage.now)

    def return_to(self, agent: int) -> None:
        """The agent is there again: they answer what came meanwhile, and go on working."""
        desk = self._stage.desks[agent]
        unanswered, desk.unanswered = desk.unanswered, []
        for case, epoch in unanswered:
            if case.epoch == epoch:
                self.expect_answer(case)
        self._begin_next(agent)
