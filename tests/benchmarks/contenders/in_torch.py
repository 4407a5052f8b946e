"""PyTorch, twice: all tasks at once by `torch.func`, and task by task as learn2learn and its relatives adapt.

Task by task, the weights are plain tensors: the libraries' copying of modules would cost more.
"""

from abc import ABC, abstractmethod

import torch
from torch.func import grad, vmap

from scenarios.task import Array
from tests.benchmarks.contenders.problem import DECAY, EPSILON, SECOND_DECAY, Problem

torch.set_num_threads(1)  # more wait for each other longer than matrices of this size take: by far on a busy machine

Weights = tuple[torch.Tensor, ...]


class _InTorch(ABC):
    def __init__(self, problem: Problem) -> None:
        self.recipe, self.pool = problem.recipe, tuple(map(torch.tensor, problem.pool))
        self.start = tuple(torch.tensor(w[0], requires_grad=True) for w in problem.start)
        betas = (DECAY, SECOND_DECAY)
        self.adam = torch.optim.Adam(self.start, lr=self.recipe.outer_lr, betas=betas, eps=EPSILON, fused=True)
        self.rng = torch.Generator().manual_seed(0)

    def follow(self, picks: Array) -> tuple[Array, ...]:
        for picked in torch.tensor(picks):
            self._meta_step(picked)
        return tuple(w.detach().numpy()[None].copy() for w in self.start)

    def train(self, steps: int) -> tuple[Array, ...]:
        for _ in range(steps):
            self._meta_step(torch.randint(len(self.pool[0]), (self.recipe.meta_batch,), generator=self.rng))
        return tuple(w.detach().numpy()[None].copy() for w in self.start)

    def _meta_step(self, picked: torch.Tensor) -> None:
        self.adam.zero_grad()
        self._outer_gradient(tuple(array[picked] for array in self.pool))
        self.adam.step()

    def _moved(self, weights: Weights, gradient: Weights) -> Weights:
        return tuple(w - self.recipe.inner_lr * g for w, g in zip(weights, gradient, strict=True))

    @abstractmethod
    def _outer_gradient(self, batch: Weights) -> None:
        """Leave the gradient of the mean query loss, after adaptation, in `grad` of the start."""


class AllAtOnce(_InTorch):
    def _outer_gradient(self, batch: Weights) -> None:
        def of_one_task(
            weights: Weights, support_x: torch.Tensor, support_y: torch.Tensor, *query: torch.Tensor
        ) -> torch.Tensor:
            for _ in range(self.recipe.inner_steps):
                weights = self._moved(weights, grad(_loss)(weights, support_x, support_y))
            return _loss(weights, *query)

        def outer_loss(start: Weights) -> torch.Tensor:
            return vmap(of_one_task, in_dims=(None, 0, 0, 0, 0))(start, *batch).mean()

        for weight, gradient in zip(self.start, grad(outer_loss)(tuple(w.detach() for w in self.start)), strict=True):
            weight.grad = gradient


class TaskByTask(_InTorch):
    def _outer_gradient(self, batch: Weights) -> None:
        for support_x, support_y, query_x, query_y in zip(*batch, strict=True):
            weights = self.start
            for _ in range(self.recipe.inner_steps):
                gradient = torch.autograd.grad(_loss(weights, support_x, support_y), weights, create_graph=True)
                weights = self._moved(weights, gradient)
            (_loss(weights, query_x, query_y) / self.recipe.meta_batch).backward()


def _loss(weights: Weights, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = torch.relu(x @ kernel + bias)
    return ((x @ weights[-2] + weights[-1]).squeeze(-1) - y).square().mean()
