from nlpseq.testing import TaskContract


class TestTaskName(TaskContract):
    task = "taskname"
