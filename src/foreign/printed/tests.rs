//! Lines of real tools, and what they say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use super::*;

/// Readings as text: `step/steps name=value …`.
fn said_by(reader: &mut Printed, printed: &[u8]) -> Vec<String> {
    let show = |reading: Reading| {
        let mut text = reading.step.to_string();
        if let Some(steps) = reading.steps {
            write!(text, "/{steps}").unwrap();
        }
        for (name, value) in reading.metrics {
            write!(text, " {name}={value}").unwrap();
        }
        text
    };
    reader.read(printed).into_iter().map(show).collect()
}

fn said(printed: &str) -> Vec<String> {
    said_by(&mut Printed::new(), printed.as_bytes())
}

#[test]
fn lines_that_name_epoch_and_step() {
    // The tutorial that this program's own text output follows.
    assert_eq!(
        said(
            "Epoch [1/5], Step [100/938], d_loss: 0.69, g_loss: 1.2\n\
             Epoch [1/5], Step [938/938], d_loss: 0.5, g_loss: 1.5\n\
             Epoch [2/5], Step [100/938], d_loss: nan, g_loss: inf\n"
        ),
        [
            "100/4690 d_loss=0.69 g_loss=1.2",
            "938/4690 d_loss=0.5 g_loss=1.5",
            "1038/4690 d_loss=NaN g_loss=inf"
        ]
    );
    // DCGAN of the PyTorch tutorials: epochs and steps from 0.
    assert_eq!(
        said(
            "[0/5][0/1583]\tLoss_D: 1.9847\tLoss_G: 5.5914\tD(x): 0.6004\tD(G(z)): 0.6680 / 0.0062\n\
             [1/5][50/1583]\tLoss_D: 0.5\tLoss_G: 9.5\tD(x): 0.9\tD(G(z)): 0.2 / 0.001\n"
        ),
        [
            "0/7915 Loss_D=1.9847 Loss_G=5.5914 D_x=0.6004 D_G_z=0.668 D_G_z_2=0.0062",
            "1633/7915 Loss_D=0.5 Loss_G=9.5 D_x=0.9 D_G_z=0.2 D_G_z_2=0.001"
        ]
    );
    // The MNIST example of PyTorch: examples instead of steps.
    assert_eq!(
        said(
            "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.300039\n\
             Train Epoch: 1 [1280/60000 (2%)]\tLoss: 2.213470\n\
             \n\
             Test set: Average loss: 0.0523, Accuracy: 9832/10000 (98%)\n\
             Train Epoch: 2 [0/60000 (0%)]\tLoss: 0.25\n"
        ),
        [
            "640 Loss=2.300039",
            "1280 Loss=2.21347",
            "1280 test/Average_loss=0.0523 test/Accuracy=0.9832",
            "60000 Loss=0.25"
        ]
    );
    // The ImageNet example of PyTorch: values with their means.
    assert_eq!(
        said(
            "Epoch: [0][  10/5005]\tTime  0.345 ( 1.234)\tData  0.001 ( 0.523)\tLoss 6.9e+00 (7.0e+00)\tAcc@1   0.39 (  0.10)\n"
        ),
        ["10 Time=0.345 Data=0.001 Loss=6.9 Acc_1=0.39"]
    );
    // PyTorch-GAN and Keras-GAN.
    assert_eq!(
        said("[Epoch 3/200] [Batch 7/938] [D loss: 0.693147] [G loss: 0.701]\n"),
        ["1883/187600 D_loss=0.693147 G_loss=0.701"]
    );
    assert_eq!(
        said(
            "0 [D loss: 0.698, acc.: 50.00%] [G loss: 0.72]\n1 [D loss: 0.6, acc.: 51%] [G loss: 0.7]\n"
        ),
        [
            "0 D_loss=0.698 acc=50 G_loss=0.72",
            "1 D_loss=0.6 acc=51 G_loss=0.7"
        ]
    );
    // pix2pix: the number of steps per epoch is not printed.
    assert_eq!(
        said(
            "(epoch: 1, iters: 100, time: 0.123, data: 0.201) G_GAN: 1.2 G_L1: 10.5 D_real: 0.7 D_fake: 0.6 \n\
             (epoch: 1, iters: 400, time: 0.123, data: 0.201) G_GAN: 1.1 G_L1: 9.5 D_real: 0.7 D_fake: 0.6 \n\
             (epoch: 2, iters: 100, time: 0.123, data: 0.201) G_GAN: 1 G_L1: 8.5 D_real: 0.7 D_fake: 0.6 \n"
        ),
        [
            "100 time=0.123 data=0.201 G_GAN=1.2 G_L1=10.5 D_real=0.7 D_fake=0.6",
            "400 time=0.123 data=0.201 G_GAN=1.1 G_L1=9.5 D_real=0.7 D_fake=0.6",
            "500 time=0.123 data=0.201 G_GAN=1 G_L1=8.5 D_real=0.7 D_fake=0.6"
        ]
    );
    // The CIFAR-10 tutorial of PyTorch.
    assert_eq!(
        said("[1,  2000] loss: 2.200\n[2,  2000] loss: 1.2\n"),
        ["2000 loss=2.2", "4000 loss=1.2"]
    );
}

#[test]
fn lines_that_name_a_step_alone() {
    // nanoGPT.
    assert_eq!(
        said(
            "step 0: train loss 4.2874, val loss 4.2823\n\
             iter 250: loss 1.2345, time 30.12ms, mfu 12.34%\n"
        ),
        [
            "0 train_loss=4.2874 val_loss=4.2823",
            "250 loss=1.2345 mfu=12.34"
        ]
    );
    // Megatron-LM.
    assert_eq!(
        said(
            " iteration       10/  500000 | consumed samples:          320 | elapsed time per iteration (ms): 1234.5 | learning rate: 1.500E-04 | lm loss: 1.04E+01 | grad norm: 1.2 |\n"
        ),
        ["10/500000 consumed_samples=320 learning_rate=0.00015 lm_loss=10.4 grad_norm=1.2"]
    );
    // mmengine and detectron2.
    assert_eq!(
        said(
            "05/20 10:00:00 - mmengine - INFO - Epoch(train)  [2][ 50/938]  lr: 1.0000e-02  eta: 0:12:00  time: 0.0534  loss: 2.30\n"
        ),
        ["988 lr=0.01 time=0.0534 loss=2.3"]
    );
    assert_eq!(
        said(
            "[05/20 10:00:00 d2.utils.events]:  eta: 0:12:00  iter: 19  total_loss: 2.3  lr: 0.001  max_mem: 2000M\n"
        ),
        ["19 total_loss=2.3 lr=0.001"]
    );
    // XGBoost, CatBoost, StyleGAN.
    assert_eq!(
        said("[10]\ttrain-rmse:0.22\tvalidation_0-logloss:0.5\n"),
        ["10 train-rmse=0.22 validation_0-logloss=0.5"]
    );
    assert_eq!(
        said("10:\tlearn: 0.55\ttest: 0.6\tbest: 0.6 (10)\ttotal: 1s\tremaining: 2.5s\n"),
        ["10 learn=0.55 test=0.6 best=0.6"]
    );
    assert_eq!(
        said("tick 12    kimg 48.2   time 5m 12s  sec/tick 20.1  maintenance 0.0  gpumem 5.12\n"),
        ["12 kimg=48.2 sec/tick=20.1 maintenance=0 gpumem=5.12"]
    );
    // logging and loguru.
    assert_eq!(
        said(
            "2024-05-01 12:00:00,123 - INFO - __main__ - epoch=1 step=100 loss=0.3 lr=2e-4\n\
             INFO:root:step 200 - loss: 0.25\n\
             2024-05-01 12:00:00.123 | INFO     | __main__:train:10 - Step 300, d_loss: tensor(0.2, device='cuda:0', grad_fn=<MeanBackward0>)\n"
        ),
        ["100 loss=0.3 lr=0.0002", "200 loss=0.25", "300 d_loss=0.2"]
    );
}

#[test]
fn thousands_may_have_commas() {
    assert_eq!(
        said("step 1,000/10,000 loss=0.5\nstep 2,000/10,000, loss=0.25\n"),
        ["1000/10000 loss=0.5", "2000/10000 loss=0.25"]
    );
    assert_eq!(
        said("Epoch: [0][ 1,010/5,005]\tLoss 6.5\n[0/5][1,500/2,000] Loss: 0.5\n"),
        ["1010 Loss=6.5", "1500/10000 Loss=0.5"]
    );
    // No thousands.
    assert_eq!(
        said("epoch 1,step 20,loss=0.5\nstep 21,100, loss=0.25\n"),
        ["20 loss=0.5", "21100 loss=0.25"]
    );
    assert_eq!(said("step 21,0.5 loss=0.25\n"), ["21 loss=0.25"]);
}

#[test]
fn chapters_of_a_script_are_no_steps() {
    assert_eq!(
        said(
            "Step 1: download dataset, size=3\nStep 2 of 5: preprocessing workers=4\nStep 3 of 5: training\nEpoch 1/2\n\
             \r 33%|###  | 1/3 [00:01<00:01,  1.00it/s, loss=0.11]\r100%|###  | 3/3 [00:03<00:01,  1.00it/s, loss=0.13]\n\
             train_loss: 0.1, val_loss: 0.31\nEpoch 2/2\n\
             \r 33%|###  | 1/3 [00:01<00:01,  1.00it/s, loss=0.21]\n"
        ),
        [
            "1/6 loss=0.11",
            "3/6 loss=0.13",
            "3/6 train_loss=0.1 val_loss=0.31",
            "3/6",
            "4/6 loss=0.21"
        ]
    );
    assert_eq!(
        said("Step 2 of 5: preprocessing workers=4\nstep 1/100 loss=0.5\nstep 2/100 loss=0.25\n"),
        ["1/100 loss=0.5", "2/100 loss=0.25"]
    );
    // What comes again is no chapter.
    assert_eq!(
        said("step 1: mean reward so far, total=10\nstep 2: mean reward so far, total=12\n"),
        ["2 total=12"]
    );
}

#[test]
fn what_names_no_step_is_told_from_what_does() {
    let mut reader = Printed::new();
    let mut aside = |text: &str| {
        let found = reader.read(text.as_bytes()).into_iter();
        let found = found.map(|reading| (reading.step, reading.is_aside));
        found.collect::<Vec<_>>()
    };
    assert_eq!(aside("step 3 loss: 0.5\n"), [(3, false)]);
    assert_eq!(aside("val_loss: 0.25\n"), [(3, true)]);
    assert_eq!(aside("Epoch 2: val_acc 0.5\n"), [(3, true)]);
    assert_eq!(
        aside("val:  50%|## | 1/2 [00:01<00:01,  1.00it/s, loss=0.11]\n"),
        [(3, true)]
    );
    let mut reader = Printed::new();
    let counted = reader.read(b"loss: 0.5\nloss: 0.25\n");
    assert!(counted.iter().all(|reading| !reading.is_aside));
}

#[test]
fn objects() {
    assert_eq!(
        said(
            "{\"step\": 5, \"train\": {\"loss\": 0.5, \"acc\": \"0.9\"}, \"nan\": NaN, \"note\": \"x: 1\", \"shape\": [1, 2], \"ok\": true, \"timestamp\": 1700000000.5}\n"
        ),
        ["5 train/loss=0.5 train/acc=0.9 nan=NaN"]
    );
    // Hugging Face's Trainer: its bar has the step.
    assert_eq!(
        said(
            "  1%|          | 500/50000 [01:40<2:45:00,  5.00it/s]\r\
             {'loss': 0.6931, 'grad_norm': 3.25, 'learning_rate': 5e-05, 'epoch': 0.01}\n\
             \r  1%|          | 501/50000 [01:40<2:45:00,  5.00it/s]\r\n"
        ),
        [
            "500/50000 loss=0.6931 grad_norm=3.25 learning_rate=0.00005",
            "501/50000"
        ]
    );
    // fairseq.
    assert_eq!(
        said(
            "2024-05-01 12:00:00 | INFO | train_inner | {\"epoch\": 1, \"update\": 0.1, \"loss\": \"9.1\", \"num_updates\": \"100\", \"wall\": \"30\"}\n"
        ),
        ["100 update=0.1 loss=9.1 wall=30"]
    );
    assert_eq!(
        said("{'loss': np.float64(0.5), 'd': tensor(0.25, device='cuda:0'), 'global_step': 7}\n"),
        ["7 loss=0.5 d=0.25"]
    );
    for half in [
        "{\"step\": 5, \"loss\": 0.5\n",
        "{\"step\": 5, \"loss\": 0.5}}\n",
        "{\"step\": 5 \"loss\": 0.5}\n",
    ] {
        assert_eq!(said(half), [""; 0], "{half}");
    }
}

#[test]
fn an_epoch_with_decimals_is_where_the_training_is_and_each_line_counts() {
    // Hugging Face's Trainer without its bar.
    let mut reader = Printed::new();
    let mut found = Vec::new();
    for (loss, epoch) in [
        (9, "0.33"),
        (8, "0.67"),
        (7, "1.0"),
        (6, "1.33"),
        (5, "2.0"),
    ] {
        let line = format!("{{'loss': 0.{loss}, 'epoch': {epoch}}}\n");
        found.extend(reader.read(line.as_bytes()));
    }
    let found: Vec<_> = found
        .into_iter()
        .map(|reading| (reading.step, reading.epoch, reading.metrics.len()))
        .collect();
    assert_eq!(
        found,
        [
            (1, Some(1), 1),
            (2, Some(1), 1),
            (3, Some(1), 1),
            (4, Some(2), 1),
            (5, Some(2), 1)
        ]
    );
    // One line for an epoch.
    assert_eq!(
        said("{\"epoch\": 3, \"loss\": 0.5}\n{\"epoch\": 4, \"loss\": 0.25}\n"),
        ["3 loss=0.5", "4 loss=0.25"]
    );
}

#[test]
fn a_bar_with_metrics_is_the_training_and_not_a_sentence() {
    assert_eq!(
        said(
            "Step 1: download dataset, size=3\nStep 2 of 5: preprocessing workers=4\n\
             Namespace(lr=0.001, epochs=2, batch_size=64)\n\
             \r 33%|###       | 1/3 [00:01<00:02, 1.0it/s, loss=0.13]\r100%|#####| 3/3 [00:03<00:00, 1.0it/s, loss=0.12]\n\
             \r 33%|###       | 1/3 [00:01<00:02, 1.0it/s, loss=0.11]\n"
        ),
        ["1/3 loss=0.13", "3/3 loss=0.12", "4 loss=0.11"]
    );
}

#[test]
fn an_epoch_that_is_named_after_its_bar_is_over() {
    let bar = |step| format!("\r {step}0%|#| {step}/10 [00:01<00:02, 1.0it/s, loss=0.{step}]");
    let epoch = |number| format!("{}{}\nEpoch {number}/3: val_loss=0.5\n", bar(1), bar(9));
    let printed: String = (1..=3).map(epoch).collect();
    assert_eq!(
        said(&printed),
        [
            "1/10 loss=0.1",
            "9/10 loss=0.9",
            "9/10 val_loss=0.5",
            "11/30 loss=0.1",
            "19/30 loss=0.9",
            "19/30 val_loss=0.5",
            "21/30 loss=0.1",
            "29/30 loss=0.9",
            "29/30 val_loss=0.5"
        ]
    );
}

#[test]
fn the_last_line_counts_without_a_line_feed() {
    let mut reader = Printed::new();
    assert!(reader.read(b"step 1 loss 5.5\nstep 3 loss 4.5").len() == 1);
    let last = reader.end();
    assert_eq!(last.len(), 1);
    assert_eq!((last[0].step, last[0].metrics[0].1), (3, 4.5));
    assert_eq!(reader.end(), []);
}

#[test]
fn of_a_line_with_too_many_metrics_the_first_are_taken_and_it_is_counted() {
    let pairs = |count: usize| {
        let pairs: Vec<String> = (0..count).map(|n| format!("k{n}: 0.5")).collect();
        pairs.join(", ")
    };
    let object = |count: usize| {
        let pairs: Vec<String> = (0..count).map(|n| format!("\"k{n}\": 0.5")).collect();
        format!("{{\"step\": 1, {}}}", pairs.join(", "))
    };
    for (most, more) in [
        (
            format!("step 1 {}", pairs(256)),
            format!("step 2 {}", pairs(257)),
        ),
        (object(256), object(257)),
    ] {
        let mut reader = Printed::new();
        for (line, cut) in [(most, 0), (more, 1)] {
            let found = reader.read(format!("{line}\n").as_bytes());
            let taken: Vec<usize> = found.iter().map(|reading| reading.metrics.len()).collect();
            assert_eq!((taken, reader.cut()), (vec![MOST_IN_A_LINE], cut));
        }
    }
}

#[test]
fn bars_of_tqdm() {
    assert_eq!(
        said(
            "\r  0%|          | 0/938 [00:00<?, ?it/s]\
             \r 12%|█▏        | 118/938 [00:03<00:27, 30.10it/s, d_loss=0.69, g_loss=1.2]\
             \r100%|██████████| 938/938 [00:30<00:00, 30.10it/s, d_loss=0.5, g_loss=1.3]\n\
             \r  1%|          | 10/938 [00:03<00:27, 30.10it/s, d_loss=0.4, g_loss=1.4]\n"
        ),
        [
            "118/938 d_loss=0.69 g_loss=1.2",
            "938/938 d_loss=0.5 g_loss=1.3",
            "948 d_loss=0.4 g_loss=1.4"
        ]
    );
    // Lightning, with a bar for the validation.
    assert_eq!(
        said(
            "Sanity Checking DataLoader 0: 100%|██████████| 2/2 [00:00<00:00, 60.1it/s]\n\
             Epoch 0:  50%|█████     | 469/938 [00:03<00:27, 30.10it/s, v_num=3, train_loss=0.690]\n\
             Validation DataLoader 0: 100%|██████████| 157/157 [00:00<00:00, 60.1it/s]\n\
             Epoch 0: 100%|██████████| 938/938 [00:03<00:27, 30.10it/s, v_num=3, train_loss=0.600, val_loss=0.650]\n\
             Epoch 1:   1%|          | 12/938 [00:03<00:27, 30.10it/s, v_num=3, train_loss=0.500, val_loss=0.650]\n"
        ),
        [
            "469 train_loss=0.69",
            "469",
            "938 train_loss=0.6 val_loss=0.65",
            "950 train_loss=0.5 val_loss=0.65"
        ]
    );
    // A bar of epochs around, and epochs in the description.
    assert_eq!(
        said(
            "Epochs:   0%|          | 0/5 [00:00<?, ?it/s]\n\
             \x1b[A\rtrain:  12%|█▏  | 10/100 [00:03<00:27, 30.1it/s, loss=0.5]\x1b[A\n\
             Epochs:  20%|██        | 1/5 [00:10<00:40, 10.0s/it]\n\
             train:  12%|█▏  | 10/100 [00:03<00:27, 30.1it/s, loss=0.4]\n"
        ),
        ["10/500 loss=0.5", "10/500", "110/500 loss=0.4"]
    );
    assert_eq!(
        said("Epoch 2/5:  12%|#1  | 1.5k/10.0k [00:03<00:27, 30.1it/s, loss=0.5]\n"),
        ["11500/50000 loss=0.5"]
    );
    assert_eq!(
        said("118it [00:03, 30.1it/s, loss=0.6]\n"),
        ["118 loss=0.6"]
    );
    // A download.
    assert_eq!(
        said("100%|██████████| 9.91M/9.91M [00:01<00:00, 8.13MB/s]\n"),
        [""; 0]
    );
}

#[test]
fn a_bar_is_read_when_it_is_whole_and_once() {
    let mut reader = Printed::new();
    let bar = "\r 12%|█▏ | 118/938 [00:03<00:27, 30.1it/s, loss=0.69]";
    let (one, two) = bar.split_at(bar.len() - 3);
    assert_eq!(said_by(&mut reader, one.as_bytes()), [""; 0]);
    assert_eq!(said_by(&mut reader, two.as_bytes()), ["118/938 loss=0.69"]);
    assert_eq!(said_by(&mut reader, b"\n"), [""; 0]);
    // A line may still go on.
    assert_eq!(said_by(&mut reader, b"step 5 loss: 0.6"), [""; 0]);
    assert_eq!(said_by(&mut reader, b"9\n"), ["118/938 loss=0.69"]);
}

#[test]
fn bars_of_keras_and_of_rich() {
    assert_eq!(
        said(
            "Epoch 1/5\n\
             \x1b[1m118/938\x1b[0m \x1b[32m━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m3s\x1b[0m 28ms/step - accuracy: 0.5012 - loss: 0.6931\
             \x08\x08\x08\x08\r\x1b[1m938/938\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m 3s 28ms/step - accuracy: 0.6 - loss: 0.5 - val_loss: 0.55\n\
             Epoch 2/5\n\
             118/938 [==>...........................] - ETA: 3s - loss: 0.4\n\
             Epoch 00002: val_loss improved from 0.55 to 0.52, saving model to ckpt/model=1.h5\n"
        ),
        [
            "118/4690 accuracy=0.5012 loss=0.6931",
            "938/4690 accuracy=0.6 loss=0.5 val_loss=0.55",
            "938/4690",
            "1056/4690 loss=0.4",
            "1056/4690"
        ]
    );
    assert_eq!(
        said(
            "Epoch 1/4 ━━━━━━╸━━━━━━━━━━━ 118/938 0:00:03 • 0:00:27 30.10it/s v_num: 3.000 train_loss: 0.690\n"
        ),
        ["118/3752 train_loss=0.69"]
    );
}

#[test]
fn lines_without_a_step_count_when_they_come_again() {
    assert_eq!(
        said(
            "lr: 0.001\nbatch_size=64\nloss: 0.5 acc: 0.1\nloss: 0.4 acc: 0.2\nloss: 0.3 acc: 0.3\n"
        ),
        [
            "1 loss=0.5 acc=0.1",
            "2 loss=0.4 acc=0.2",
            "3 loss=0.3 acc=0.3"
        ]
    );
    // Once steps are known, lines between them belong to the step.
    assert_eq!(
        said("step 10 loss 0.5\nval_loss: 0.45\nsaved: 3\nFID: 12\nFID: 11\n"),
        ["10 loss=0.5", "10 val_loss=0.45", "10 FID=11"]
    );
    // Epochs alone.
    assert_eq!(
        said("Epoch 1/3 - loss: 0.5\nEpoch 2/3 - loss: 0.4\n"),
        ["1/3 loss=0.5", "2/3 loss=0.4"]
    );
}

#[test]
fn a_step_that_counts_over_all_epochs_is_not_counted_twice() {
    assert_eq!(
        said("epoch 1 step 90 loss 0.5\nepoch 2 step 110 loss 0.4\nepoch 3 step 250 loss 0.3\n"),
        ["90 loss=0.5", "110 loss=0.4", "250 loss=0.3"]
    );
    assert_eq!(
        said(
            "{\"epoch\": 1, \"global_step\": 90, \"loss\": 1.5}\n{\"epoch\": 2, \"global_step\": 190, \"loss\": 1}\n"
        ),
        ["90 loss=1.5", "190 loss=1"]
    );
}

/// What looks like pairs and is none, each twice, also between lines of a training.
#[test]
fn no_metric_is_made_of_anything_else() {
    for line in [
        "2024-05-01 12:00:00,123 INFO starting",
        "[12:00:01] epoch done at 12:03:04",
        "Started at: 2024-05-01T12:30:00Z",
        "time: 12:30:01",
        "date: 2024-05-01",
        "PyTorch version: 2.1.0+cu121",
        "torch==2.1.0 numpy==1.26.4",
        "python train.py --lr=0.1 --batch-size=64",
        "Serving on http://localhost:6006/?run=3&step=5",
        "TensorBoard 2.14.0 at http://127.0.0.1:6006/ (Press CTRL+C to quit)",
        "saved to /tmp/run=3/model.pt and ./out/loss=0.3.png",
        "ckpts/epoch=3-step=400.ckpt",
        "epoch=03-val_loss=0.32.ckpt",
        "train.py:123: UserWarning: lr_scheduler.step() called before optimizer.step()",
        "  File \"/usr/lib/python3.11/site.py\", line 73, in main",
        "I0501 12:00:00.123456 12345 main.cc:88] ready",
        "__main__:train:10 - ready",
        "pid: 4711, rank: 0, port: 29500, seed: 42",
        "ETA: 0:12:30, elapsed: 12.5 s, took: 3.2 min",
        "memory: 1.5 GB, used=12GB, rate: 30.1it/s",
        "if loss>=0.5 or loss == 0.3: x := 5",
        "total: 1,234,567 params",
        "host=10.0.0.1 mac: 00:1a:2b",
        "loss: 0,69",
        "id: 3f2a",
        "commit: 7456b06",
        "$ awk -F: '{print $2}'",
    ] {
        let text = format!("{line}\n{line}\n");
        assert_eq!(said(&text), [""; 0], "{line}");
        let between = format!("step 1 loss: 0.5\n{line}\n{line}\n");
        let metrics: Vec<String> = said(&between)
            .into_iter()
            .skip(1)
            .filter(|line| line.contains('='))
            .collect();
        assert_eq!(metrics, [""; 0], "{line}");
    }
}

#[test]
fn networks_and_optimizers_that_are_printed_are_no_metrics() {
    let network = "Generator(\n  (main): Sequential(\n    (0): ConvTranspose2d(100, 512, kernel_size=(4, 4), stride=(1, 1), bias=False)\n    \
                   (1): BatchNorm2d(512, eps=1e-05, momentum=0.1, affine=True)\n    (2): LeakyReLU(negative_slope=0.2)\n  )\n)\n";
    let optimizer = "Adam (\nParameter Group 0\n    amsgrad: False\n    betas: (0.5, 0.999)\n    eps: 1e-08\n    lr: 0.0002\n)\n";
    let alone =
        "Linear(in_features=100, out_features=28, eps=0.5)\nsaved as run(seed=0.5), lr: 0.5\n";
    let printed = [network, optimizer, alone].concat();
    assert_eq!(
        said(&printed.repeat(3)),
        ["1 lr=0.5", "2 lr=0.5", "3 lr=0.5"]
    );
    // In the midst of a training, too; but a line that names its step says what it says.
    let between = format!("step 1 loss: 0.5\n{network}step 2 Losses(d=0.5, g=0.25)\n");
    assert_eq!(said(&between), ["1 loss=0.5", "2 d=0.5 g=0.25"]);
}

#[test]
fn it_does_not_matter_where_the_bytes_are_cut() {
    let printed = "Epoch 1/5\n\x1b[1m118/938\x1b[0m ━━━━ 3s 28ms/step - loss: 0.69\n\
        Epoch [1/5], Step [200/938], größe: 0.5\n 12%|█▏ | 218/938 [00:03<00:27, 30.1it/s, loss=0.6]\n{'step': 300, 'loss': 0.5}\n";
    let whole = said(printed);
    assert!(whole.len() >= 4, "{whole:?}");
    for size in [1, 2, 3, 7] {
        let mut reader = Printed::new();
        let mut pieces = Vec::new();
        for chunk in printed.as_bytes().chunks(size) {
            pieces.extend(said_by(&mut reader, chunk));
        }
        assert_eq!(pieces, whole, "{size}");
    }
}

#[test]
fn nothing_that_is_printed_breaks_it() {
    let mut reader = Printed::new();
    let nested = "{\"a\":".repeat(1000) + "1" + &"}".repeat(1000);
    let many: Vec<String> = (0..2000).map(|n| format!("k{n}=0.5")).collect();
    let many = many.join(" ");
    for line in [
        nested.as_str(),
        &many,
        "Epoch [99999999999999999999999/3], Step [1/2], x: 1",
        "é: 1.5 ß=2",
        "::::====",
        "step 18446744073709551615 of 18446744073709551615 loss: 1e999",
    ] {
        for _ in 0..2 {
            reader.read(line.as_bytes());
            let found = reader.read(b"\n");
            assert!(
                found
                    .iter()
                    .all(|reading| reading.metrics.len() <= MOST_IN_A_LINE)
            );
        }
    }
    // Bytes that are no text.
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..200_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(state >> 24).unwrap()
        })
        .collect();
    reader.read(&noise);
}

#[test]
fn the_step_never_falls() {
    let mut reader = Printed::new();
    let mut last = 0;
    for line in [
        "step 5 loss 0.5\n",
        "step 3 loss 0.5\n",
        "Epoch [3/5], Step [1/10], loss: 0.5\n",
        " 10%|# | 1/10 [00:03<00:27, 30.1it/s, loss=0.6]\n",
        "Epoch [1/5], Step [1/10], loss: 0.5\n",
        "{\"step\": 4, \"loss\": 0.25}\n",
    ] {
        for reading in reader.read(line.as_bytes()) {
            assert!(reading.step >= last, "{line}");
            last = reading.step;
        }
    }
    assert!(last >= 21, "{last}");
}

#[test]
fn a_pattern_of_ones_own_is_all_that_is_read() {
    let pattern: Pattern = r"^#(?P<step>\d+) (?P<loss>\S+)$".parse().unwrap();
    let mut reader = Printed::by(pattern);
    assert_eq!(
        said_by(
            &mut reader,
            b"#1 0.5\nEpoch [1/5], Step [100/938], d_loss: 0.69\n#2 0.25\n"
        ),
        ["1 loss=0.5", "2 loss=0.25"]
    );
}

#[test]
#[ignore = "a measurement: for an optimised build on a quiet machine"]
fn measure_lines_per_second() {
    use std::io::Write as _;
    type Form = (&'static str, fn(usize) -> String);
    let forms: [Form; 4] = [
        (
            "Epoch [1/5], Step [100/938], d_loss: 0.69, g_loss: 1.2",
            |i| {
                format!(
                    "Epoch [1/5], Step [{i}/938000], d_loss: 0.{i}, g_loss: 1.{i}, D(x): 0.5, D(G(z)): 0.4\n"
                )
            },
        ),
        ("{\"step\": 5, \"loss\": 0.25}", |i| {
            format!("{{\"step\": {i}, \"loss\": 0.{i}, \"lr\": 0.0002, \"epoch\": 1}}\n")
        }),
        ("tqdm", |i| {
            format!(
                "\r 10%|#         | {i}/938000 [00:03<00:27, 30.1it/s, d_loss=0.{i}, g_loss=1.2]"
            )
        }),
        ("no metrics", |i| {
            format!("INFO loaded shard {i} of the data from /data/shards/{i}.tar in a moment\n")
        }),
    ];
    for (name, line) in forms {
        let mut text = String::new();
        let mut count = 0;
        while text.len() < 100_000_000 {
            count += 1;
            text.push_str(&line(count));
        }
        let begun = std::time::Instant::now();
        let mut reader = Printed::new();
        let mut found = 0;
        for piece in text.as_bytes().chunks(64 << 10) {
            found += reader.read(piece).len();
        }
        let seconds = begun.elapsed().as_secs_f64();
        let told = writeln!(
            std::io::stderr(),
            "{name}: 100 MB, {count} lines in {seconds:.2} s: {:.0} MB/s, {:.2} million lines/s, {found} readings",
            100.0 / seconds,
            count as f64 / seconds / 1e6
        );
        assert!(told.is_ok() && found > 0 || name == "no metrics");
    }
}
