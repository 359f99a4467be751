from nlpseq.testing import TaskContract


class TestQuestions(TaskContract):
    task = "questions"
