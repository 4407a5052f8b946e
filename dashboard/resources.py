"""Reading list of verified references, and the references of the first article that do not exist."""

from dataclasses import dataclass

from scenarios.text import Text

KINDS: dict[str, Text] = {
    "start here": Text(en="Start here", zh="入门"),
    "algorithm": Text(en="Algorithms", zh="算法"),
    "criticism": Text(en="Criticism", zh="批评与对照"),
    "application": Text(en="Applications", zh="应用"),
    "software": Text(en="Software", zh="软件"),
    "chinese": Text(en="In Chinese", zh="中文资料"),
}


@dataclass(frozen=True)
class Resource:
    """One thing to read, watch or run."""

    title: str | Text  # one of another language than English has both
    authors: str | Text
    year: int
    where: str | Text
    url: str
    gives: Text  # its use, in one line
    kind: str  # one of KINDS


RESOURCES: tuple[Resource, ...] = (
    Resource(
        title="Meta-Learning: Learning to Learn Fast",
        authors="Weng",
        year=2018,
        where="Lil'Log",
        url="https://lilianweng.github.io/posts/2018-11-30-meta-learning/",
        gives=Text(
            en="One long, clear post: metric-based, model-based and optimisation-based methods side by side.",
            zh="一篇清晰的长文，并列介绍基于度量、基于模型和基于优化的三类方法。",
        ),
        kind="start here",
    ),
    Resource(
        title="An Interactive Introduction to Model-Agnostic Meta-Learning",
        authors="Müller, Ploner, Goerttler, Obermayer",
        year=2021,
        where="interactive-maml.github.io",
        url="https://interactive-maml.github.io",
        gives=Text(
            en="MAML and its variants, interactive in the browser: drag the initialisation and watch it adapt.",
            zh="在浏览器里动手体验 MAML 及其变体：拖动起点，看它如何适应。",
        ),
        kind="start here",
    ),
    Resource(
        title="CS330: Deep Multi-Task and Meta Learning",
        authors="Finn",
        year=2023,
        where="Stanford University",
        url="https://cs330.stanford.edu",
        gives=Text(
            en="A whole university course with slides and homework; recordings of earlier years are public.",
            zh="一门完整的大学课程，有讲义和作业，往年的录像可公开观看。",
        ),
        kind="start here",
    ),
    Resource(
        title="Meta-Learning in Neural Networks: A Survey",
        authors="Hospedales, Antoniou, Micaelli, Storkey",
        year=2022,
        where="IEEE Transactions on Pattern Analysis and Machine Intelligence 44(9)",
        url="https://arxiv.org/abs/2004.05439",
        gives=Text(
            en="A survey of the field: meta-representation, meta-optimiser and meta-objective.",
            zh="领域综述，从元表示、元优化器和元目标三方面梳理：学什么、怎样学、为何而学。",
        ),
        kind="start here",
    ),
    Resource(
        title="Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
        authors="Finn, Abbeel, Levine",
        year=2017,
        where="ICML",
        url="https://arxiv.org/abs/1703.03400",
        gives=Text(
            en="MAML itself, with the sinusoid experiment that the page Sine waves repeats.",
            zh="MAML 原文，其中的正弦实验，本站在“正弦曲线”页重做。",
        ),
        kind="algorithm",
    ),
    Resource(
        title="On First-Order Meta-Learning Algorithms",
        authors="Nichol, Achiam, Schulman",
        year=2018,
        where="arXiv",
        url="https://arxiv.org/abs/1803.02999",
        gives=Text(
            en="Reptile: meta-learning without second derivatives, in a few lines of code.",
            zh="Reptile：不用二阶导数的元学习，几行代码即可实现。",
        ),
        kind="algorithm",
    ),
    Resource(
        title="Prototypical Networks for Few-shot Learning",
        authors="Snell, Swersky, Zemel",
        year=2017,
        where="NeurIPS",
        url="https://arxiv.org/abs/1703.05175",
        gives=Text(
            en="The simplest strong alternative: learn a distance, then compare with the mean of each class.",
            zh="简单而有力的另一条路：学一种距离，再与各类的均值比较。",
        ),
        kind="algorithm",
    ),
    Resource(
        title="Rapid Learning or Feature Reuse? Towards Understanding the Effectiveness of MAML",
        authors="Raghu, Raghu, Bengio, Vinyals",
        year=2020,
        where="ICLR",
        url="https://arxiv.org/abs/1909.09157",
        gives=Text(
            en="Why MAML works: mostly by good features, so that adapting the last layer can be enough (ANIL).",
            zh="MAML 为何有效：主要靠好的特征，因此往往只适应最后一层就够了（ANIL）。",
        ),
        kind="algorithm",
    ),
    Resource(
        title="Accurate predictions on small data with a tabular foundation model",
        authors="Hollmann, Müller, Purucker and others",
        year=2025,
        where="Nature 637",
        url="https://doi.org/10.1038/s41586-024-08328-6",
        gives=Text(
            en="TabPFN: a transformer trained on synthetic tables that learns a new table by reading it.",
            zh="TabPFN：在合成表格上训练的 Transformer，读一遍新表格就能预测。",
        ),
        kind="algorithm",
    ),
    Resource(
        title="A Closer Look at Few-shot Classification",
        authors="Chen, Liu, Kira, Wang, Huang",
        year=2019,
        where="ICLR",
        url="https://arxiv.org/abs/1904.04232",
        gives=Text(
            en="Simple baselines, well tuned, compete with meta-learning, above all under domain shift.",
            zh="普通的基线方法只要调好，就能与元学习不相上下，域偏移时尤其如此。",
        ),
        kind="criticism",
    ),
    Resource(
        title="A Broader Study of Cross-Domain Few-Shot Learning",
        authors="Guo, Codella, Karlinsky and others",
        year=2020,
        where="ECCV",
        url="https://arxiv.org/abs/1912.07200",
        gives=Text(
            en="Far from the training domain, simple fine-tuning was ahead of all meta-learners tried, on average.",
            zh="远离训练领域时，平均而言，简单微调优于所测试的各种元学习方法。",
        ),
        kind="criticism",
    ),
    Resource(
        title="Is Pre-training Truly Better Than Meta-Learning?",
        authors="Miranda, Yu, Goyal, Wang, Koyejo",
        year=2023,
        where="arXiv",
        url="https://arxiv.org/abs/2306.13841",
        gives=Text(
            en="A fair comparison: pre-training leads if tasks are similar, MAML if they are diverse.",
            zh="一次公平的比较：任务相似时预训练领先，任务多样时 MAML 领先。",
        ),
        kind="criticism",
    ),
    Resource(
        title="MetaPred: Meta-Learning for Clinical Risk Prediction with Limited Patient Electronic Health Records",
        authors="Zhang, Tang, Dodge, Zhou, Wang",
        year=2019,
        where="KDD",
        url="https://arxiv.org/abs/1905.03218",
        gives=Text(
            en="MAML on real health records: related risks help to predict one with few patients.",
            zh="把 MAML 用于真实电子病历：借助相关风险，预测病例很少的目标疾病的风险。",
        ),
        kind="application",
    ),
    Resource(
        title="MetaFollower: Adaptable Personalized Autonomous Car Following",
        authors="Chen and others",
        year=2024,
        where="arXiv",
        url="https://arxiv.org/abs/2406.16978",
        gives=Text(
            en="MAML for car following: a model adapts to a new driver from a few trajectories.",
            zh="把 MAML 用于跟驰：凭少数几条轨迹适应新的驾驶员。",
        ),
        kind="application",
    ),
    Resource(
        title="learn2learn: A Library for Meta-Learning Research",
        authors="Arnold, Mahajan, Datta, Bunner, Saitas Zarkias",
        year=2020,
        where="GitHub, PyTorch",
        url="https://github.com/learnables/learn2learn",
        gives=Text(
            en="Tested PyTorch implementations of MAML, Meta-SGD, ANIL, Reptile and others, with examples.",
            zh="MAML、Meta-SGD、ANIL、Reptile 等方法的 PyTorch 实现，有测试和示例。",
        ),
        kind="software",
    ),
    Resource(
        title=Text(en="Machine Learning", zh="机器学习"),
        authors=Text(en="Hung-yi Lee", zh="李宏毅"),
        year=2021,
        where=Text(en="National Taiwan University", zh="台湾大学"),
        url="https://speech.ee.ntu.edu.tw/~hylee/ml/2021-spring.php",
        gives=Text(
            en="A public machine learning course with recordings and slides; some lectures are on meta-learning.",
            zh="公开的机器学习课程，有录像和讲义，其中有元学习专题。",
        ),
        kind="chinese",
    ),
    Resource(
        title=Text(en="Survey on Few-shot Learning", zh="小样本学习研究综述"),
        authors=Text(en="Zhao, Jin, Wang", zh="赵凯琳、靳小龙、王元卓"),
        year=2021,
        where=Text(en="Journal of Software 32(2):349–369", zh="软件学报 32(2):349–369"),
        url="http://jos.org.cn/html/2021/2/6138.htm",
        gives=Text(
            en="A survey of few-shot learning: fine-tuning, data augmentation, metric learning, meta-learning.",
            zh="小样本学习综述：模型微调、数据增强、度量学习和元学习。",
        ),
        kind="chinese",
    ),
    Resource(
        title=Text(en="Review on Meta-learning", zh="元学习研究综述"),
        authors=Text(en="Zhu, Li", zh="朱应钊、李嫚"),
        year=2021,
        where=Text(en="Telecommunications Science 37(1):22–31", zh="电信科学 37(1):22–31"),
        url="http://www.telecomsci.com/zh/article/doi/10.11959/j.issn.1000-0801.2021009",
        gives=Text(
            en="A survey of meta-learning: principles, kinds of methods, applications.",
            zh="元学习综述：基本原理、各类方法、应用与展望。",
        ),
        kind="chinese",
    ),
)

REPLACED: tuple[Text, ...] = (
    Text(
        en="“One-Shot Learning through Meta-Representation Learning” (2017): we found no paper of this title. "
        "For the idea, read Prototypical Networks (2017).",
        zh="*One-Shot Learning through Meta-Representation Learning*（2017）：没有找到这个标题的论文。"
        "想了解这一思路，可读 Prototypical Networks（2017）。",
    ),
    Text(
        en="“Model-Agnostic Meta-Learning” (2017) exists under a longer title: Model-Agnostic Meta-Learning for Fast "
        "Adaptation of Deep Networks.",
        zh="*Model-Agnostic Meta-Learning*（2017）确有其文，完整标题为 *Model-Agnostic Meta-Learning for Fast "
        "Adaptation of Deep Networks*。",
    ),
    Text(
        en="A “Meta Learning” course on Coursera: we found none and list Stanford's CS330 instead.",
        zh="Coursera 上的“Meta Learning”课程：没有找到，改列斯坦福大学的 CS330。",
    ),
    Text(
        en="The repository ikostrikov/meta-learning-library: we found none of this name and list learn2learn instead.",
        zh="代码仓库 ikostrikov/meta-learning-library：没有找到这个名称的仓库，改列 learn2learn。",
    ),
)
