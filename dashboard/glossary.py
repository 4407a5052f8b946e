"""The words of the pages, each explained in one sentence that fits a tooltip, in alphabetical order of their codes."""

from dataclasses import dataclass

from scenarios.text import Text


@dataclass(frozen=True)
class Term:
    """A term, its meaning, and a second sentence if one is not enough."""

    name: Text
    meaning: Text
    more: Text | None = None


TERMS: dict[str, Term] = {
    "accuracy": Term(
        name=Text(en="accuracy", zh="准确率"),
        meaning=Text(
            en="The proportion of examples that are classified correctly.", zh="类别判断正确的样本所占的比例。"
        ),
        more=Text(
            en="It depends on how frequent the classes are: if one is rare, always predicting the other looks good.",
            zh="它受各类别占比影响：某一类很少见时，永远回答另一类也会显得很准。",
        ),
    ),
    "adaptation": Term(
        name=Text(en="adaptation", zh="适应"),
        meaning=Text(
            en="Fitting a model to one task, from its initialisation, with that task's labelled examples.",
            zh="用某个任务的标注样本，把模型从起点调整到适合这个任务。",
        ),
    ),
    "anil": Term(
        name=Text(en="ANIL", zh="ANIL（几乎无内循环）"),
        meaning=Text(
            en="MAML whose inner steps move the last layer only; the features stay as they were learned.",
            zh="内循环只调整最后一层的 MAML，学到的特征保持不变。",
        ),
        more=Text(en="Raghu et al. 2020.", zh="出自 Raghu 等（2020）。"),
    ),
    "auroc": Term(
        name=Text(en="AUROC", zh="AUROC（曲线下面积）"),
        meaning=Text(
            en="The probability that a random positive example is ranked above a random negative one; 50% is a "
            "coin toss.",
            zh="任取一个正例和一个负例，正例排在前面的概率；50% 相当于抛硬币。",
        ),
        more=Text(
            en="Area under the receiver operating characteristic curve. It measures ranking only, not probabilities.",
            zh="即受试者工作特征（ROC）曲线下的面积。它只看排序，不看概率是否准确。",
        ),
    ),
    "bad_rate": Term(
        name=Text(en="bad rate", zh="坏客户率"),
        meaning=Text(
            en="The proportion of bad accounts among the applicants who are approved.",
            zh="获批申请人中坏账户所占的比例。",
        ),
        more=Text(
            en="Here an account is bad when it is 90 or more days past due within the performance window.",
            zh="这里把表现期内逾期 90 天及以上的账户算作坏账户。",
        ),
    ),
    "bayes_optimal": Term(
        name=Text(en="Bayes-optimal prediction", zh="贝叶斯最优预测"),
        meaning=Text(
            en="The best prediction given the labels alone, if it is known how tasks are generated.",
            zh="已知任务如何产生时，仅凭标注样本能作出的最佳预测。",
        ),
        more=Text(
            en="It has the lowest expected log loss on tasks from its prior. It is not an upper bound on tasks "
            "outside the prior, nor for methods that also see unlabelled examples of the task.",
            zh="对来自其先验的任务，它的期望对数损失最低。任务若超出先验，或方法还能看到本任务的未标注样本，它就不再是上限。",
        ),
    ),
    "boosting": Term(
        name=Text(en="boosted trees", zh="提升树"),
        meaning=Text(
            en="An ensemble of small decision trees, each fitted to the errors of those before it (gradient boosting).",
            zh="许多棵小决策树，每一棵都修正前面各棵留下的误差。",
        ),
    ),
    "calibration": Term(
        name=Text(en="calibration", zh="校准"),
        meaning=Text(
            en="Agreement of probabilities with reality: of the cases given 20%, one in five is positive.",
            zh="预测概率与实际相符的程度：被预测为 20% 的样本中，五个里有一个是正例。",
        ),
        more=Text(
            en="Calibration error, on all pages: the mean distance of predicted from observed over bins, each weighted "
            "by its number of predictions. Bins with fewer than 50 examples are left out.",
            zh="校准误差（全站同一定义）：各分箱的预测概率与实际比例之差的平均值，按箱内预测数加权；"
            "不足 50 个样本的分箱不计入。",
        ),
    ),
    "cka": Term(
        name=Text(en="CKA", zh="CKA（中心核对齐）"),
        meaning=Text(
            en="How similar two representations of the same examples are: 1 is the same up to rotation and scale.",
            zh="两种表示对同一批样本的描述有多相似：1 表示除旋转和缩放外完全相同。",
        ),
        more=Text(
            en="Centred kernel alignment, Kornblith et al. 2019.",
            zh="即 centered kernel alignment，出自 Kornblith 等（2019）。",
        ),
    ),
    "closed_form": Term(
        name=Text(en="closed-form last layer", zh="最后一层闭式求解（R2-D2）"),
        meaning=Text(
            en="A method whose features are meta-learned and whose last layer is solved in one step, as in ridge "
            "regression.",
            zh="特征由元学习得到，最后一层像岭回归那样一步求解。",
        ),
        more=Text(en="Bertinetto et al. 2019 (R2-D2).", zh="出自 Bertinetto 等（2019，R2-D2）。"),
    ),
    "effective_sample_size": Term(
        name=Text(en="effective sample size", zh="有效样本量"),
        meaning=Text(
            en="The number of equally weighted draws that a set of weighted draws is worth; if it is small, the "
            "result is rough.",
            zh="一组加权抽样相当于多少个等权抽样；数值小，说明结果粗略。",
        ),
        more=Text(
            en="One divided by the sum of the squared weights, when the weights add up to one.",
            zh="权重之和为 1 时，等于权重平方和的倒数。",
        ),
    ),
    "empirical_bayes": Term(
        name=Text(en="empirical Bayes", zh="经验贝叶斯"),
        meaning=Text(
            en="A prior that is not assumed but estimated from many tasks, and then used as if it were known.",
            zh="先验不靠假设，而是从许多任务中估计出来，再当作已知来用。",
        ),
    ),
    "ensemble": Term(
        name=Text(en="ensemble", zh="集成"),
        meaning=Text(
            en="Several methods that predict together: here a weighted product of their probabilities, with weights "
            "learned on training tasks for each number of labels.",
            zh="几种方法共同预测：本站把各方法的概率加权相乘，权重在训练任务上按标注数分别学得。",
        ),
        more=Text(
            en="A logarithmic opinion pool (Genest and Zidek 1986), its weights found by stacking (Wolpert 1992).",
            zh="即对数意见池（Genest 与 Zidek 1986），权重由堆叠法（Wolpert 1992）求得。",
        ),
    ),
    "episode": Term(
        name=Text(en="episode", zh="回合（episode）"),
        meaning=Text(
            en="One draw from a task: a support set to learn from and a query set for evaluation.",
            zh="对一个任务的一次采样：一份用于学习的支持集和一份用于评估的查询集。",
        ),
    ),
    "expected_loss": Term(
        name=Text(en="expected loss (EL)", zh="预期损失（EL）"),
        meaning=Text(
            en="Probability of default times loss given default times exposure at default.",
            zh="违约概率 × 违约损失率 × 违约风险暴露。",
        ),
    ),
    "false_alarm_rate": Term(
        name=Text(en="false alarms per hour", zh="每小时误报次数"),
        meaning=Text(
            en="The number of calm or normal windows per hour of driving that are flagged as aggressive.",
            zh="每行驶一小时，平稳或普通的片段被误判为激进的次数。",
        ),
        more=Text(
            en="One hour holds 450 windows of eight seconds that do not overlap.",
            zh="一小时有 450 个互不重叠的 8 秒片段。",
        ),
    ),
    "fine_tuning": Term(
        name=Text(en="fine-tuning", zh="微调"),
        meaning=Text(
            en="Training a model further on the new task after it was trained on other data.",
            zh="模型先在其他数据上训练好，再用新任务的数据接着训练。",
        ),
        more=Text(
            en="Here it starts from the pooled model, with its own best learning rate and number of steps.",
            zh="这里从合并训练的模型出发，学习率和步数单独选定。",
        ),
    ),
    "first_order": Term(
        name=Text(en="first order (FOMAML)", zh="一阶近似（FOMAML）"),
        meaning=Text(
            en="MAML without second derivatives: cheaper, and often nearly as good in the literature. See "
            "“Compare methods” for the results here.",
            zh="省去二阶导数的 MAML：更省算力；文献中效果往往相差不大，这里的结果见“方法比较”页。",
        ),
    ),
    "from_scratch": Term(
        name=Text(en="from scratch", zh="从零训练"),
        meaning=Text(
            en="Trained on the new task's labelled examples alone; a network starts from random weights.",
            zh="只用新任务的标注样本训练；若是网络，则从随机权重出发。",
        ),
    ),
    "g_g_diagram": Term(
        name=Text(en="g-g diagram", zh="g-g 图"),
        meaning=Text(
            en="Longitudinal against lateral acceleration, one point per instant, both in units of g.",
            zh="以 g 为单位，把每一时刻的纵向与横向加速度画成一个点的图。",
        ),
    ),
    "gaussian_process": Term(
        name=Text(en="Gaussian process", zh="高斯过程"),
        meaning=Text(
            en="A method that averages all smooth curves (or class boundaries), weighted by how well they fit the "
            "labelled points.",
            zh="把所有光滑曲线（或类别之间的边界）按与标注样本的吻合程度加权平均的方法。",
        ),
        more=Text(
            en="It is trained from scratch: it sees the support set only. Its length scale is chosen on training "
            "tasks.",
            zh="它只看支持集，属于从零训练；长度尺度在训练任务上选定。",
        ),
    ),
    "gini": Term(
        name=Text(en="Gini coefficient", zh="Gini 系数"),
        meaning=Text(
            en="Twice the AUROC minus one: 0 for a random order, 1 for a perfect one.",
            zh="等于 2 × AUROC − 1：随机排序为 0，完全正确为 1。",
        ),
        more=Text(
            en="Credit scoring prefers it to AUROC. It is not the Gini coefficient of income inequality.",
            zh="信用评分中比 AUROC 更常用。它不是衡量收入差距的基尼系数。",
        ),
    ),
    "gradient_step": Term(
        name=Text(en="gradient step", zh="梯度更新步"),
        meaning=Text(
            en="One small update of all weights in the direction that lowers the loss fastest.",
            zh="让所有权重沿着损失下降最快的方向移动一小步。",
        ),
    ),
    "headway": Term(
        name=Text(en="time gap", zh="车间时距（time gap）"),
        meaning=Text(
            en="The time, in seconds, until one's car reaches the place where the rear of the car in front is now.",
            zh="以当前车速到达前车车尾此刻所在位置所需的时间，单位为秒。",
        ),
        more=Text(
            en="Measured from bumper to bumper: the distance is the time gap times the speed. Time headway, from "
            "front to front, also includes the length of a car.",
            zh="按前车车尾到本车车头计算：车距等于车间时距乘以车速。车头时距（headway）按两车车头计算，因而还包含一个车长。",
        ),
    ),
    "importance_sampling": Term(
        name=Text(en="importance sampling", zh="重要性采样"),
        meaning=Text(
            en="Averaging over draws from one distribution, weighted so that they represent another.",
            zh="从一个分布抽样，再加权求平均，使结果代表另一个分布。",
        ),
        more=Text(
            en="Here tasks are drawn from the prior and weighted by the likelihood of the labelled examples.",
            zh="这里从先验中抽取任务，按标注样本的似然加权。",
        ),
    ),
    "in_context_learning": Term(
        name=Text(en="in-context learning", zh="上下文学习"),
        meaning=Text(
            en="Learning a task by reading its examples in one forward pass; no weight changes.",
            zh="一次前向计算读完样本就学会任务，不改动任何权重。",
        ),
    ),
    "inner_loop": Term(
        name=Text(en="inner loop", zh="内循环"),
        meaning=Text(
            en="Learning within a task: a few gradient steps on its support set.",
            zh="任务之内的学习：在支持集上走几步梯度下降。",
        ),
    ),
    "interval": Term(
        name=Text(en="95% CI (confidence interval)", zh="95% 置信区间（95% CI）"),
        meaning=Text(
            en="If the study were repeated many times with new tasks, about 95% of such intervals would contain the "
            "true mean.",
            zh="反复换新任务重做研究时，约有 95% 的这种区间会包含真实均值。",
        ),
        more=Text(
            en="It refers to the mean over tasks. A single task can lie far outside.",
            zh="它针对的是各任务的平均值，单个任务可能远在区间之外。",
        ),
    ),
    "jerk": Term(
        name=Text(en="jerk", zh="急动度（jerk，又称冲击度、加加速度）"),
        meaning=Text(
            en="The rate of change of acceleration, in metres per second cubed; it is high when driving is abrupt.",
            zh="加速度变化的快慢，单位为 m/s³；动作突然时数值高。",
        ),
    ),
    "ks": Term(
        name=Text(en="KS statistic", zh="KS 统计量"),
        meaning=Text(
            en="The largest distance between the cumulative score distributions of bad and good accounts.",
            zh="好、坏账户评分的累积分布之间的最大距离。",
        ),
        more=Text(en="Named after Kolmogorov and Smirnov.", zh="以柯尔莫哥洛夫和斯米尔诺夫的姓氏命名。"),
    ),
    "lda": Term(
        name=Text(en="LDA (linear discriminant analysis)", zh="LDA（线性判别分析）"),
        meaning=Text(
            en="A classifier that models each class as a Gaussian around its mean, all with one covariance.",
            zh="假定每一类服从围绕其均值的正态分布、各类共用一个协方差的分类器。",
        ),
        more=Text(
            en="From few examples the covariance is uncertain: it is shrunk, or taken from other tasks (pooled).",
            zh="样本少时协方差估计不准：要么收缩，要么取自其他任务（合并协方差）。",
        ),
    ),
    "learning_rate": Term(
        name=Text(en="learning rate", zh="学习率"),
        meaning=Text(
            en="The factor by which the gradient is multiplied in a step.", zh="每一步更新中乘在梯度前面的系数。"
        ),
    ),
    "lgd": Term(
        name=Text(en="loss given default (LGD)", zh="违约损失率（LGD）"),
        meaning=Text(
            en="The proportion of the amount outstanding that is lost when a borrower defaults.",
            zh="借款人违约时，未偿金额中最终损失的比例。",
        ),
    ),
    "linear_probe": Term(
        name=Text(en="linear probe", zh="线性探针"),
        meaning=Text(
            en="A linear model on features that were learned in advance and stay fixed.",
            zh="在事先学好且固定不变的特征上拟合的线性模型。",
        ),
    ),
    "logistic_regression": Term(
        name=Text(en="logistic regression", zh="逻辑回归"),
        meaning=Text(
            en="A weighted sum of the features turned into a probability; the classic method trained from scratch.",
            zh="把特征加权求和再换算成概率的模型，经典的从零训练方法。",
        ),
        more=Text(
            en="Here it has an L2 penalty, chosen on training tasks at 1, 2, 5, 10, 20 and 50 labels per class; "
            "other numbers use the nearest of these.",
            zh="这里带 L2 惩罚，惩罚强度在训练任务上按每类 1、2、5、10、20、50 个标注选定，其他标注数用最接近的一档。",
        ),
    ),
    "macro_f1": Term(
        name=Text(en="macro-F1", zh="宏 F1（macro-F1）"),
        meaning=Text(
            en="The F1 score of each class, averaged with equal weight, so that rare classes count fully.",
            zh="各类别 F1 分数的等权平均，少见的类别同样计入。",
        ),
        more=Text(
            en="F1 is the harmonic mean of precision (the proportion of predictions of a class that are right) "
            "and recall (the proportion of its examples that are found).",
            zh="F1 是查准率（精确率，判为该类的有多少是对的）与查全率（召回率，该类有多少被找到）的调和平均。",
        ),
    ),
    "maml": Term(
        name=Text(en="MAML", zh="MAML（模型无关元学习）"),
        meaning=Text(
            en="A method that learns an initialisation from which a few gradient steps fit a new task.",
            zh="学习一组起始权重的方法：从它出发，几步梯度下降就能适应新任务。",
        ),
        more=Text(
            en="Model-agnostic meta-learning: Finn, Abbeel and Levine 2017.", zh="出自 Finn、Abbeel、Levine（2017）。"
        ),
    ),
    "meta_learning": Term(
        name=Text(en="meta-learning", zh="元学习"),
        meaning=Text(
            en="Learning, from many tasks, how to learn the next one from few examples.",
            zh="从许多任务中学会怎样用少量样本学习下一个任务。",
        ),
    ),
    "meta_sgd": Term(
        name=Text(en="Meta-SGD", zh="Meta-SGD（学习率可学）"),
        meaning=Text(
            en="MAML that also learns an inner learning rate for every single weight.",
            zh="连每个权重的内循环学习率也一并学习的 MAML。",
        ),
        more=Text(en="Li et al. 2017.", zh="出自 Li 等（2017）。"),
    ),
    "mse": Term(
        name=Text(en="mean squared error (MSE)", zh="均方误差（MSE）"),
        meaning=Text(
            en="The average squared distance between prediction and truth; lower is better.",
            zh="预测值与真实值之差的平方的平均，越小越好。",
        ),
    ),
    "nearest_neighbours": Term(
        name=Text(en="nearest neighbours", zh="k 近邻（法）"),
        meaning=Text(
            en="Predicts from the labels of the most similar labelled examples (k-NN).",
            zh="按与它最相似的几个标注样本的标签预测新样本。",
        ),
    ),
    "net_benefit": Term(
        name=Text(en="net benefit", zh="净获益"),
        meaning=Text(
            en="Cases found minus false alarms, each weighted by the odds of the threshold.",
            zh="找到的病例数减去折算后的误报数，每次误报按阈概率的几率折算。",
        ),
        more=Text(
            en="At a threshold of 10%, nine false alarms count as much as one case. Plotted against the threshold "
            "it is a decision curve; a model is useful if it is above treating all patients and treating none.",
            zh="阈概率为 10% 时，九次误报抵一个病例。随阈概率画出的曲线称为决策曲线；"
            "高于“全部干预”和“全不干预”的模型才有用。",
        ),
    ),
    "novelty": Term(
        name=Text(en="task shift ρ", zh="任务偏移 ρ"),
        meaning=Text(
            en="How far a task lies from those of meta-training: 0 is in distribution, 1 entirely new.",
            zh="任务偏离元训练分布的程度：0 为同分布，1 为全新。",
        ),
        more=Text(
            en="ρ² is the fraction of the class signal that no training task contained.",
            zh="ρ² 是类别差异中训练任务从未出现过的部分所占的比例。",
        ),
    ),
    "npv": Term(
        name=Text(en="negative predictive value (NPV)", zh="阴性预测值（NPV）"),
        meaning=Text(
            en="The proportion of negative predictions that are right; it depends on prevalence.",
            zh="判为阴性者中确实没有目标疾病的比例，取决于验前概率。",
        ),
    ),
    "ordinal_ridge": Term(
        name=Text(en="ordinal ridge regression", zh="有序岭回归"),
        meaning=Text(
            en="Ridge regression on the rank of an ordered class, such as 0, 1, 2 for calm, normal, aggressive.",
            zh="对有序类别的编号（如平稳 0、普通 1、激进 2）做岭回归。",
        ),
    ),
    "outer_loop": Term(
        name=Text(en="outer loop", zh="外循环"),
        meaning=Text(
            en="Learning across tasks: the initialisation is updated so that results after adapting improve.",
            zh="任务之间的学习：调整起点，使适应之后的结果更好。",
        ),
    ),
    "overfitting": Term(
        name=Text(en="overfitting", zh="过拟合"),
        meaning=Text(
            en="Fitting noise in the training examples, which hurts predictions of new ones.",
            zh="把训练样本中的噪声也学了进去，对新样本的预测反而变差。",
        ),
    ),
    "paired_difference": Term(
        name=Text(en="paired difference", zh="配对差值"),
        meaning=Text(
            en="The difference between two methods, task by task; its interval is usually narrower than theirs.",
            zh="两种方法在同一批任务上逐任务相减所得的差值；它的区间通常比单个得分的区间窄。",
        ),
    ),
    "pd": Term(
        name=Text(en="probability of default (PD)", zh="违约概率（PD）"),
        meaning=Text(
            en="The probability that a borrower turns bad within the performance window.",
            zh="借款人在表现期内变坏的概率。",
        ),
    ),
    "pooled": Term(
        name=Text(en="pooled model", zh="合并训练的模型"),
        meaning=Text(
            en="One model trained on the data of all tasks together, and used without labels of the new task.",
            zh="把所有任务的数据合在一起训练的一个模型，不看新任务的标注。",
        ),
    ),
    "posterior_predictive": Term(
        name=Text(en="posterior predictive", zh="后验预测分布"),
        meaning=Text(
            en="The probability of a new label, averaged over all possible tasks, weighted by their posterior "
            "given the labelled examples.",
            zh="新样本标签的概率：对所有可能的任务求平均，权重为给定标注样本时任务的后验概率。",
        ),
    ),
    "ppv": Term(
        name=Text(en="positive predictive value (PPV)", zh="阳性预测值（PPV）"),
        meaning=Text(
            en="The proportion of positive predictions that are right; it falls as the condition gets rarer.",
            zh="判为阳性者中确实患有目标疾病的比例；疾病越少见，它越低。",
        ),
    ),
    "prevalence": Term(
        name=Text(en="prevalence", zh="验前概率（患病率）"),
        meaning=Text(
            en="The proportion of patients under evaluation who have the target condition, before any result is "
            "known (pre-test probability).",
            zh="得知任何结果之前，待鉴别患者中目标疾病的占比。",
        ),
    ),
    "prior": Term(
        name=Text(en="prior", zh="先验"),
        meaning=Text(
            en="The assumed distribution over tasks before any labelled example is seen.",
            zh="看到任何标注样本之前，对任务所假定的分布。",
        ),
        more=Text(
            en="Here it is the distribution from which the generator draws tasks.", zh="这里就是生成器抽取任务的分布。"
        ),
    ),
    "prototypes": Term(
        name=Text(en="prototypical network", zh="原型网络"),
        meaning=Text(
            en="Predicts the class whose mean (prototype) is nearest, in features learned across tasks.",
            zh="在跨任务学得的特征空间里，样本离哪一类标注样本的均值（原型）最近，就判为哪一类。",
        ),
        more=Text(en="Snell, Swersky and Zemel 2017.", zh="出自 Snell、Swersky、Zemel（2017）。"),
    ),
    "query_set": Term(
        name=Text(en="query set", zh="查询集"),
        meaning=Text(
            en="Further examples of the same task, on which the adapted model is evaluated.",
            zh="同一任务的另一批样本，用来评估适应之后的模型。",
        ),
    ),
    "r2": Term(
        name=Text(en="R²", zh="R²（决定系数）"),
        meaning=Text(
            en="The proportion of the variance of the true values that is explained: 1 is all; below 0 is worse "
            "than predicting the mean.",
            zh="真实值的方差中可由模型解释的比例：1 表示全部，低于 0 表示还不如预测均值。",
        ),
    ),
    "random_effects": Term(
        name=Text(en="random effects", zh="随机效应"),
        meaning=Text(
            en="Parameters that vary from task to task around a common mean; their distribution is learned from "
            "other tasks.",
            zh="围绕共同均值、因任务而异的参数；其分布由其他任务学得。",
        ),
        more=Text(
            en="A task's own labels then update this prior (empirical Bayes). Also called hierarchical or mixed "
            "models.",
            zh="再用本任务的标注更新这一先验（经验贝叶斯）。也称分层模型或混合模型。",
        ),
    ),
    "reason_code": Term(
        name=Text(en="reason code", zh="拒绝原因码（reason code）"),
        meaning=Text(
            en="A principal reason for an adverse decision, as disclosed to the applicant (adverse-action reason).",
            zh="向申请人告知的主要拒贷理由。",
        ),
    ),
    "regret": Term(
        name=Text(en="regret", zh="遗憾值"),
        meaning=Text(
            en="How far a method falls short of the Bayes-optimal score on the same tasks.",
            zh="在同一批任务上，某种方法与贝叶斯最优得分之间的差距。",
        ),
    ),
    "reptile": Term(
        name=Text(en="Reptile", zh="Reptile"),
        meaning=Text(
            en="Moves the initialisation towards the end point of each task's training, without differentiating "
            "through it.",
            zh="让起点朝各任务训练结束的位置移动，无需对训练过程求导。",
        ),
        more=Text(en="Nichol, Achiam and Schulman 2018.", zh="出自 Nichol、Achiam、Schulman（2018）。"),
    ),
    "sensitivity": Term(
        name=Text(en="sensitivity", zh="灵敏度"),
        meaning=Text(
            en="The proportion of cases that test positive; elsewhere known as recall.",
            zh="患病者中判为阳性的比例；其他领域称为召回率。",
        ),
    ),
    "shapley_value": Term(
        name=Text(en="Shapley value", zh="Shapley 值（沙普利值）"),
        meaning=Text(
            en="A feature's contribution to one prediction: the change when it is added, averaged over all orders "
            "of adding features.",
            zh="某个特征对一次预测的贡献：按各种先后次序逐个加入特征，取它引起的变动的平均。",
        ),
        more=Text(
            en="The contributions add up to the prediction's difference from the average. They mix features of "
            "several examples, in combinations that may not occur, and explain the model, not the cause "
            "(Shapley 1953).",
            zh="各项贡献之和等于该预测与平均预测之差。计算时会把几个样本的特征拼在一起，可能出现现实中没有的组合；它解释的是模型，不是因果（Shapley，1953）。",
        ),
    ),
    "shot": Term(
        name=Text(en="shot", zh="每类样本数（shot）"),
        meaning=Text(
            en="The number of labelled examples per class: five shots with two classes are ten examples.",
            zh="每类的标注样本数：5-shot、两类，共 10 个样本。",
        ),
    ),
    "specificity": Term(
        name=Text(en="specificity", zh="特异度"),
        meaning=Text(en="The proportion of non-cases that test negative.", zh="未患病者中判为阴性的比例。"),
    ),
    "start": Term(
        name=Text(en="initialisation (starting point)", zh="起点（初始化）"),
        meaning=Text(
            en="The weights from which adaptation starts: random if trained from scratch, learned in meta-learning.",
            zh="适应开始时的权重：从零训练时是随机的，元学习时是学来的。",
        ),
    ),
    "support_set": Term(
        name=Text(en="support set", zh="支持集"),
        meaning=Text(
            en="The labelled examples from which a model may learn a task.", zh="模型用来学习一个任务的标注样本。"
        ),
    ),
    "task": Term(
        name=Text(en="task", zh="任务"),
        meaning=Text(
            en="One small learning problem: a hospital, a lending segment, a driver, a curve.",
            zh="一个小规模的学习问题：一家医院、一个客群、一位驾驶员、一条曲线。",
        ),
    ),
    "transductive": Term(
        name=Text(en="transductive", zh="直推式"),
        meaning=Text(
            en="Using all the unlabelled examples to be predicted together, so that an example predicted "
            "alone gets a different prediction.",
            zh="预测时一并利用全部待预测的未标注样本，因此单独预测一个样本，结果会不同。",
        ),
    ),
    "unlabelled_example": Term(
        name=Text(en="unlabelled example", zh="未标注样本"),
        meaning=Text(
            en="An example of the task whose class is not known, such as a patient without a confirmed diagnosis.",
            zh="本任务中类别尚未确定的样本，例如未确诊的患者。",
        ),
        more=Text(
            en="Such examples help if the class causes the features, as a disease or a driving style does. If the "
            "features cause the class, as an application does default, they carry next to no information (Schölkopf "
            "et al. 2012).",
            zh="若类别是因、特征是果（如疾病、驾驶风格），它们会有帮助；若特征是因、类别是果（如由申请信息到违约），"
            "它们几乎不提供信息（Schölkopf 等，2012）。",
        ),
    ),
    "way": Term(
        name=Text(en="way", zh="类别数（way，如 2-way、3-way）"),
        meaning=Text(
            en="The number of classes in a task: condition against mimic is two-way, three driving styles are "
            "three-way.",
            zh="一个任务中类别的个数：相似疾病与目标疾病为 2，三种驾驶风格为 3。",
        ),
    ),
    "z_scoring": Term(
        name=Text(en="z-scoring", zh="标准化（z 分数）"),
        meaning=Text(
            en="Subtracting the mean and dividing by the standard deviation, so that features share one scale.",
            zh="减去均值再除以标准差，使各特征处在同一尺度上。",
        ),
        more=Text(
            en="Done for each driver separately, it removes differences in level between drivers.",
            zh="若对每位驾驶员分别进行，就消除了各位驾驶员之间在程度上的差别。",
        ),
    ),
}
